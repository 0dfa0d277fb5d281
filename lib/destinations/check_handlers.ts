import { isNameGlob, NAME_GLOB_KIND } from "../persona/name_glob.ts";
import type { EventHandlers } from "./handlers.ts";

/** Valid event handlers, or the first fault in them. */
export type CheckedHandlers =
  | { readonly ok: true; readonly handlers: EventHandlers }
  | { readonly ok: false; readonly fault: string };

/**
 * Checks that a value is an object of functions whose names are event names or globs.
 *
 * @param value The default export of a module, or an option.
 * @param root Its name in a fault.
 * @returns The typed event handlers, or the first fault with its path.
 */
export function checkHandlers(
  value: unknown,
  root = "default",
): CheckedHandlers {
  if (!isPlain(value)) {
    return fault(
      root,
      `must be an object of functions by event name: current value is ${
        kindOf(value)
      }`,
    );
  }
  const entries = Object.entries(value);
  if (entries.length === 0) {
    return fault(
      root,
      "must have at least one event handler as a property of its own",
    );
  }
  for (const [glob, handler] of entries) {
    const path = `${root}[${JSON.stringify(glob)}]`;
    if (!isNameGlob(glob)) {
      return fault(path, `must stand under ${NAME_GLOB_KIND}`);
    }
    if (typeof handler !== "function") {
      return fault(
        path,
        `must be a function: current value is ${kindOf(handler)}`,
      );
    }
  }
  return { ok: true, handlers: value };
}

function fault(path: string, rule: string): CheckedHandlers {
  return { ok: false, fault: `Cannot use the handlers as ${path} ${rule}` };
}

function isPlain(value: unknown): value is EventHandlers {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Describes the kind of a value, never the value itself, which may be secret. */
function kindOf(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  return Array.isArray(value) ? "an array" : `of type ${typeof value}`;
}
