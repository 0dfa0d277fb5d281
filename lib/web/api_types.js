/**
 * What the local listener's API answers, as types.
 *
 * @module
 */

/** @typedef {"none" | "ignored" | "pending" | "done" | "dead"} Status */

/**
 * One event × one destination, as it is listed.
 *
 * @typedef {object} DispatchState
 * @property {string} destination
 * @property {Status} status
 * @property {string | null} dueAt
 */

/**
 * An event as it is listed. Events of the stream come without dispatches.
 *
 * @typedef {object} Row
 * @property {number} seq
 * @property {string} id
 * @property {string} name
 * @property {string | null} objectType
 * @property {string | null} objectId
 * @property {string | null} createdAt
 * @property {string} receivedAt
 * @property {number} duplicates
 * @property {Status} status
 * @property {"verified" | "unsigned"} signature
 * @property {string | null} secretFingerprint
 * @property {number | null} attemptsMade
 * @property {number | null} attemptsLeft
 * @property {string | null} firstAttemptedAt
 * @property {DispatchState[]} [dispatches]
 */

/**
 * One try of a dispatch.
 *
 * @typedef {object} Attempt
 * @property {number} number
 * @property {string} startedAt
 * @property {number} durationMs
 * @property {string} outcome
 * @property {number | null} code
 * @property {string} output
 */

/** @typedef {DispatchState & { attempts: Attempt[] }} Dispatch */

/**
 * One event; its body is kept as text, see `read_event.js`.
 *
 * @typedef {Omit<Row, "dispatches"> & {
 *   contentType: string | null,
 *   isRevealed: boolean,
 *   dispatches: Dispatch[],
 * }} EventDetail
 */

/**
 * An attempt as the stream tells of it.
 *
 * @typedef {Attempt & {
 *   eventId: string,
 *   eventName: string,
 *   destination: string,
 *   status: Status,
 * }} StreamAttempt
 */

/**
 * An object with its events, the oldest first.
 *
 * @typedef {object} InboxObject
 * @property {string} id
 * @property {string | null} type
 * @property {string | null} status
 * @property {Row[]} events
 */

/**
 * What a signature header looked like; never what was in it.
 *
 * @typedef {object} SignatureShape
 * @property {boolean} isPresent
 * @property {number} sets
 * @property {number[]} timestamps
 * @property {number} macs
 */

/**
 * A delivery that was refused.
 *
 * @typedef {object} Rejected
 * @property {string} at
 * @property {string} requestId
 * @property {string | null} address
 * @property {number} status
 * @property {string} reason
 * @property {string} summary
 * @property {string} hint
 * @property {SignatureShape | null} signature
 * @property {number | null} [bodyBytes]
 * @property {number | null} [skewSeconds]
 */

/**
 * Where events go next, and how it fares.
 *
 * @typedef {object} DestinationHealth
 * @property {string} name
 * @property {"http" | "exec" | "module" | "handlers" | "removed"} kind
 * @property {string | null} target
 * @property {string[]} events
 * @property {string | null} order
 * @property {number} pending
 * @property {number} running
 * @property {number} dead
 * @property {string | null} pausedUntil
 */

/**
 * What came and went in a minute.
 *
 * @typedef {object} Minute
 * @property {string} at
 * @property {number} received
 * @property {number} duplicates
 * @property {number} rejected
 * @property {number} delivered
 * @property {number} failed
 */

/**
 * @typedef {object} Receiving
 * @property {number} port
 * @property {boolean} isVerifying
 */

/**
 * @typedef {object} Stats
 * @property {string} version
 * @property {string} startedAt
 * @property {string} store
 * @property {string} program How the program is started.
 * @property {Receiving | null} receiving Where deliveries are received.
 * @property {{ warning: string, hint: string }[]} warnings Likely mistakes in the settings.
 * @property {number} events
 * @property {number} pending
 * @property {number} dead
 * @property {DestinationHealth[]} destinations
 * @property {Minute[]} minutes
 */

/**
 * The extent of a replay.
 *
 * @typedef {object} Replayed
 * @property {string} message
 * @property {number} events
 * @property {number} dispatches
 * @property {Record<string, number>} destinations Dispatches by destination.
 */

export {};
