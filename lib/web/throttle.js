/**
 * Runs a function at once when called, and once more after a pause if it was called
 * again meanwhile; never twice at a time.
 *
 * @param {() => Promise<unknown> | void} run Must not reject.
 * @param {number} pauseMs The wait before the next run.
 */
export function throttle(run, pauseMs) {
  let isBusy = false;
  let isRequested = false;
  const call = async () => {
    isRequested = true;
    if (isBusy) return;
    isBusy = true;
    while (isRequested) {
      isRequested = false;
      await run();
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
    isBusy = false;
  };
  return () => void call();
}
