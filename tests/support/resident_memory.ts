/**
 * Memory that a process has, as Linux tells it.
 *
 * @param pid The process.
 * @returns Mebibytes.
 */
export async function residentMib(pid: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}
