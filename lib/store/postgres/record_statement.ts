// The statement that records attempts.

import { ATTEMPT_COLUMNS, namesOf } from "../columns.ts";
import { STATUS_CODES } from "../status_codes.ts";
import { DURABLE } from "./durable.ts";

const { done, ignored, erased } = STATUS_CODES;

/** Nothing that was sent may come back in a response. */
const KEPT_OUTPUT = `CASE WHEN EXISTS (SELECT FROM $schema.events e
  WHERE e.seq = input.seq AND e.erased_at_ms IS NOT NULL)
  THEN '' ELSE output END`;

const ATTEMPT_NAMES = namesOf(ATTEMPT_COLUMNS).join(", ");

/**
 * Records attempts, unless another process took the lease meanwhile: its row is locked,
 * so that whoever takes it waits and then sees what was recorded. Fails if something was
 * erased that this instance does not know of: its output could be of that.
 */
export const RECORD = `
  WITH input AS MATERIALIZED (
    SELECT * FROM json_to_recordset($1::text::json) AS i(
      n int, seq bigint, destination text, partition int, fence bigint,
      replays bigint, status smallint, due_at_ms bigint, failures bigint,
      number bigint, started_at_ms bigint, duration_ms bigint, outcome text,
      code bigint, output text)
  ), leased AS MATERIALIZED (
    SELECT l.destination, l.partition, l.fence FROM $schema.leases l
    WHERE EXISTS (SELECT FROM input i WHERE i.destination = l.destination
      AND i.partition = l.partition AND i.fence = l.fence)
    ORDER BY l.destination, l.partition FOR SHARE
  ), updated AS (
    UPDATE $schema.dispatches d SET attempts = i.number,
      status = CASE WHEN d.replays = i.replays AND (d.status <> ${erased}
          OR i.status IN (${done}, ${ignored}))
        THEN i.status ELSE d.status END,
      due_at_ms = CASE WHEN d.replays = i.replays
        THEN i.due_at_ms ELSE d.due_at_ms END,
      failures = CASE WHEN d.replays = i.replays
        THEN i.failures ELSE d.failures END
    FROM input i JOIN leased USING (destination, partition, fence)
    WHERE d.seq = i.seq AND d.destination = i.destination
    RETURNING i.n
  ), replaced AS (
    DELETE FROM $schema.attempts a USING updated u JOIN input i USING (n)
    WHERE a.seq = i.seq AND a.destination = i.destination
      AND a.number = i.number
  ), counter AS (
    UPDATE $schema.counters
    SET value = value + (SELECT count(*) FROM updated)
    WHERE name = 'attempts' AND epoch = $2::bigint
      AND EXISTS (SELECT FROM updated)
    RETURNING value - (SELECT count(*) FROM updated) AS base
  ), session AS MATERIALIZED (SELECT ${DURABLE}
  ), added AS (
    INSERT INTO $schema.attempts
      (attempt_seq, seq, destination, ${ATTEMPT_NAMES})
    SELECT base + row_number() OVER (ORDER BY n), seq, destination,
      ${ATTEMPT_NAMES.replace(/output$/, KEPT_OUTPUT)}
    FROM updated JOIN input USING (n) CROSS JOIN counter
  )
  -- Nothing is stored if the counter's row has another epoch: the division fails.
  SELECT n, 1 / (NOT EXISTS (SELECT FROM updated)
      OR EXISTS (SELECT FROM counter))::int AS is_known
  FROM input JOIN leased USING (destination, partition, fence)
    CROSS JOIN session`;

/** Its SQLSTATE when something was erased meanwhile: that of a division by zero. */
export const OUTDATED = "22012";
