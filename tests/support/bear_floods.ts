/** Runs shell scripts as command destinations; tells their outcomes and our memory. */
import type { AttemptOutcome } from "../../lib/destinations/destination.ts";
import { createExec } from "../../lib/destinations/exec.ts";
import { dispatchOf, NEVER } from "./dispatches.ts";

/** What it prints. */
export interface Floods {
  outcomes: AttemptOutcome[];
  /** By how much more memory the process has afterwards. */
  grownMib: number;
}

const before = Deno.memoryUsage().rss;
const outcomes: AttemptOutcome[] = [];
for (const script of Deno.args) {
  const command = ["sh", "-c", script] as const;
  const destination = createExec({ command, timeoutMs: 700 });
  outcomes.push(await destination.attempt(dispatchOf(), NEVER));
}
const grownMib = (Deno.memoryUsage().rss - before) >> 20;
await new Blob([JSON.stringify({ outcomes, grownMib } satisfies Floods)])
  .stream().pipeTo(Deno.stdout.writable);
