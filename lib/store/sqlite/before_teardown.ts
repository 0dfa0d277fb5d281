// A hook that runs before this isolate may be torn down with a store open, as when
// `deno run --watch` restarts a program or one does not handle an error. Its connections
// are closed then, but none of its code runs any more.

/** None is certain: an error may still be handled, and any code can dispatch `unload`. */
const EVENTS = ["unload", "error", "unhandledrejection"];

/** A listener for the possible end of an isolate. */
export interface TeardownListener {
  /** Called at once; must be synchronous. */
  readonly suspend: () => void;
  /** Called if the isolate goes on after all. */
  readonly resume: () => void;
}

/**
 * Watches for events after which this isolate may be torn down.
 *
 * @returns A function that stops watching.
 */
export function beforeTeardown(
  { suspend, resume }: TeardownListener,
): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const onEvent = () => {
    suspend();
    timer ??= setTimeout(() => {
      timer = undefined;
      resume();
    });
  };
  for (const event of EVENTS) addEventListener(event, onEvent);
  return () => {
    for (const event of EVENTS) removeEventListener(event, onEvent);
    clearTimeout(timer);
  };
}
