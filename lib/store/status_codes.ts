import type { DispatchStatus } from "./outbox.ts";

/** Statuses as they are stored: the greatest of an event's is the event's own, 0 none. */
export const STATUS_CODES: Readonly<Record<DispatchStatus, number>> = {
  ignored: 0,
  done: 1,
  pending: 2,
  dead: 3,
  erased: 4,
};
