import type { LoadedModule } from "../destinations/module_process.ts";
import { unmatchedGlobText } from "../persona/known_globs.ts";

/** A fault of a module, or a likely mistake in it. */
export interface ModuleFault {
  readonly summary: string;
  /** The remedy. */
  readonly hint: string;
}

/** Returns why a module cannot be loaded, or its keys that match no known event. */
export function moduleFaults(loaded: LoadedModule): ModuleFault[] {
  if (!loaded.ok) {
    return [{
      summary: `cannot be loaded: ${summaryOf(loaded.fault)}`,
      hint:
        "Fix the module: its default export must be functions by event name",
    }];
  }
  return loaded.globs.flatMap((glob) => {
    const text = unmatchedGlobText(glob);
    return text === null ? [] : [{
      summary: `event handler ${text}`,
      hint: "Fix the key of the event handler, unless the event is newer",
    }];
  });
}

/** The line that names the error; the rest may be a part of the code. */
function summaryOf(fault: string): string {
  const lines = fault.split("\n");
  return lines.find((line) =>
    /^(?:error: )?(?:Uncaught )?\w*(?:Error|Exception)\b/.test(line)
  ) ?? lines[0] ?? "";
}
