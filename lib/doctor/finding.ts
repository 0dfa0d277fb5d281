import { StoreError } from "../errors.ts";

/** One thing that was looked at. */
export interface Finding {
  readonly name: string;
  readonly status: "ok" | "warning" | "failed";
  readonly summary: string;
  /** The remedy; null when all is well. */
  readonly hint: string | null;
}

/** All is well with it. */
export function ok(name: string, summary: string): Finding {
  return { name, status: "ok", summary, hint: null };
}

/** It works, but it may not be what is wanted, or not for long. */
export function warning(name: string, summary: string, hint: string): Finding {
  return { name, status: "warning", summary, hint: sentence(hint) };
}

/** It does not work. */
export function failed(name: string, summary: string, hint: string): Finding {
  return { name, status: "failed", summary, hint: sentence(hint) };
}

/** Runs a check; a fault that ends it becomes a finding, as does a missing permission. */
export async function examine(
  name: string,
  check: () => readonly Finding[] | Promise<readonly Finding[]>,
): Promise<readonly Finding[]> {
  try {
    return await check();
  } catch (error) {
    if (error instanceof StoreError) {
      return [failed(name, error.message, error.hint)];
    }
    if (!(error instanceof Deno.errors.NotCapable)) throw error;
    const [flag = "-A"] = /--allow-[a-z]+/.exec(error.message) ?? [];
    return [
      warning(
        name,
        `cannot be checked without ${flag}`,
        `Add to deno run the flag ${flag}`,
      ),
    ];
  }
}

/** Hints from elsewhere may be the end of a sentence. */
function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
