/**
 * Makes of many calls few ones.
 *
 * @module
 */

// @ts-check

/**
 * Runs something at once when it is called, and once more after a while when it was
 * called again meanwhile; never twice at a time.
 *
 * @param {() => Promise<unknown> | void} run What to run; never rejects.
 * @param {number} pauseMs How long to wait before the next run.
 * @returns {() => void}
 */
export function throttle(run, pauseMs) {
  let isBusy = false;
  let isWanted = false;
  const call = async () => {
    isWanted = true;
    if (isBusy) return;
    isBusy = true;
    while (isWanted) {
      isWanted = false;
      await run();
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
    isBusy = false;
  };
  return () => void call();
}
