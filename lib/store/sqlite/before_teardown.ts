// A last word before this isolate may be torn down with a store open: so
// `deno run --watch` restarts a program, and so one ends that does not handle an error.
// Its connections are closed then, but no code of ours runs any more.

/** An error may still be handled, and `unload` be dispatched by anybody. */
const EVENTS = ["unload", "error", "unhandledrejection"];

/** What is to be done when an isolate may be torn down. */
export interface TeardownListener {
  /** Called at once: nothing that takes time comes to its end any more. */
  readonly suspend: () => void;
  /** Called when the isolate lives on after all. */
  readonly resume: () => void;
}

/**
 * Watches for events after which this isolate may be torn down.
 *
 * @param listener What is to be done.
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
