/**
 * Waits, but not forever: a test that would hang fails and says at what.
 *
 * @param timeoutMs For how long at most; generous, as machines are slow at times.
 * @param promise What is waited for.
 * @param what Says what that is.
 * @returns What the promise resolves to.
 */
export async function within<Value>(
  timeoutMs: number,
  promise: Promise<Value>,
  what: () => string,
): Promise<Value> {
  const timeout = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    timeout.reject(new Error(`Waited ${timeoutMs} ms in vain for ${what()}`));
  }, timeoutMs);
  try {
    return await Promise.race([promise, timeout.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Tries again and again until it holds.
 *
 * @param timeoutMs For how long at most.
 * @param holds What is tried.
 * @param what Says what is waited for.
 */
export async function eventually(
  timeoutMs: number,
  holds: () => boolean | Promise<boolean>,
  what: () => string,
): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!await holds()) {
    if (performance.now() > end) {
      throw new Error(`Waited ${timeoutMs} ms in vain for ${what()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
