/**
 * Says that something takes time, but only when it does: most answers are there before
 * anybody could read that.
 *
 * @module
 */

// @ts-check

const MOMENT_MS = 300;

/**
 * Waits, and after a moment says so.
 *
 * @template Value
 * @param {Promise<Value>} task
 * @param {() => void} say Called at most once, and only while it lasts.
 * @returns {Promise<Value>}
 */
export async function slowly(task, say) {
  const timer = setTimeout(say, MOMENT_MS);
  try {
    return await task;
  } finally {
    clearTimeout(timer);
  }
}
