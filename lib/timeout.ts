/**
 * Waits for a task, but not forever; the task itself continues.
 *
 * @param timeoutMs The limit, in milliseconds.
 * @param late The result for a task that takes longer.
 * @returns The task's result, or `late`.
 * @throws Whatever the task rejects with in time.
 */
export async function withTimeout<Result>(
  task: Promise<Result>,
  timeoutMs: number,
  late: Result,
): Promise<Result> {
  const timeout = Promise.withResolvers<Result>();
  const timer = setTimeout(() => timeout.resolve(late), timeoutMs);
  try {
    return await Promise.race([task, timeout.promise]);
  } finally {
    clearTimeout(timer);
  }
}
