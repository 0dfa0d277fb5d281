/**
 * The processor time of another process.
 *
 * @module
 */

/** What Linux counts in, on every system that Deno runs on. */
const TICKS_PER_SECOND = 100;

/**
 * Reads how much processor time all threads of a process have used.
 *
 * @param pid The process.
 * @returns Seconds; `NaN` where the system does not tell.
 */
export async function cpuSeconds(pid: number): Promise<number> {
  try {
    const stat = await Deno.readTextFile(`/proc/${pid}/stat`);
    const fields = stat.slice(stat.lastIndexOf(")")).split(" ");
    return (Number(fields[12]) + Number(fields[13])) / TICKS_PER_SECOND;
  } catch {
    return NaN;
  }
}
