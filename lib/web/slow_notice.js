// A notice for slow tasks only: most are done before it could be read.

const NOTICE_DELAY_MS = 300;

/**
 * Waits for a task, and shows a notice if it takes long.
 *
 * @template Value
 * @param {Promise<Value>} task
 * @param {() => void} showNotice Called at most once, while the task is pending.
 * @returns {Promise<Value>}
 */
export async function withSlowNotice(task, showNotice) {
  const timer = setTimeout(showNotice, NOTICE_DELAY_MS);
  try {
    return await task;
  } finally {
    clearTimeout(timer);
  }
}
