import { inspect } from "node:util";
import { headOf } from "./output.ts";

/** Code that runs user code: its frames say nothing to the author of that. */
const OWN_FOLDERS = ["./", "../dispatch/", "../app/"].map((path) =>
  new URL(path, import.meta.url).href
);

/**
 * Describes what was thrown: an error with its causes and its stack, up to where the
 * user's code begins.
 *
 * @param thrown Any value, as anything can be thrown.
 * @returns At most as much as is kept with an attempt; may contain personal data.
 */
export function describeThrown(thrown: unknown): string {
  try {
    return headOf(
      thrown instanceof Error
        ? withoutOwnFrames(inspect(thrown))
        : String(thrown),
    );
  } catch {
    return "A value without a text"; // `String()` runs its code.
  }
}

function withoutOwnFrames(text: string): string {
  return text.replace(/\n +at .*/g, (frame) => {
    if (!OWN_FOLDERS.some((folder) => frame.includes(folder))) return frame;
    return frame.endsWith(" {") ? " {" : ""; // The properties of the error follow.
  });
}
