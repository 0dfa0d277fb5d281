import { age, instantText } from "./ages.js";
import { h } from "./dom.js";
import { attemptText, duplicatesText, isOwn } from "./event_row.js";
import { objectHash } from "./route.js";
import { spanText } from "./span_text.js";

/** @import { Child } from "./dom.js" */
/** @import { EventDetail } from "../views/api_types.ts" */
/** @import { HoldInfo } from "../views/hold_info.ts" */

/**
 * Shows the metadata.
 *
 * @param {EventDetail} event
 */
export function eventFacts(event) {
  const { createdAt, receivedAt, firstAttemptedAt, duplicates } = event;
  return h(
    "dl.facts",
    ...fact("Object", objectLink(event)),
    ...fact("On hold", ...event.holds.map(holdNote)),
    ...fact("Created", instant(createdAt)),
    ...fact("Received", instant(receivedAt), lag(event)),
    ...fact(
      "Delivery",
      attemptText(event) || null,
      (event.attemptsMade ?? 1) > 1 && firstAttemptedAt &&
        h("span.note", "first attempted ", instant(firstAttemptedAt)),
    ),
    ...fact("Signature", signature(event)),
    ...fact("Duplicates", duplicates > 0 ? duplicatesText(duplicates) : "none"),
    ...fact("Event ID", h("code", event.id)),
    ...fact("Headers", headers(event)),
  );
}

/**
 * @param {string} name
 * @param {...Child} values
 */
function fact(name, ...values) {
  if (values.every((value) => !value)) return [];
  return [h("div", h("dt", name), h("dd", ...values))];
}

/**
 * Why it is not erased.
 *
 * @param {HoldInfo} hold
 */
export function holdNote({ reason, by, until }) {
  const end = until === null
    ? "until released"
    : h("span", "until ", h("span.instant", instantText(until)));
  return h("span", end, `, by ${by}: ${reason} `);
}

/** @param {EventDetail} event */
function objectLink({ objectId, objectType }) {
  if (objectId === null) return null;
  return h(
    "span",
    objectType && `${objectType} `,
    h("a", { href: objectHash(objectId) }, h("code", objectId)),
  );
}

/**
 * The headers of the delivery, folded; the values of those that may be credentials are
 * not kept.
 *
 * @param {EventDetail} event
 */
function headers({ headers }) {
  if (headers === null) return null;
  return h(
    "details.headers",
    h("summary", `${headers.length} as received`),
    h(
      "ul",
      ...headers.map(([name, value]) =>
        h("li", h("code", value === null ? name : `${name}: ${value}`))
      ),
    ),
  );
}

/** @param {string | null} iso */
function instant(iso) {
  if (iso === null) return null;
  const text = h("span.instant", instantText(iso));
  return h("span", text, h("span.note", " ", age(iso)));
}

/** @param {EventDetail} event */
function lag({ createdAt, receivedAt }) {
  if (createdAt === null) return null;
  const ms = Date.parse(receivedAt) - Date.parse(createdAt);
  return ms < 0 ? null : h(
    "span.note",
    ", ",
    h("span.instant", `${spanText(ms)} after it was created`),
  );
}

/** @param {EventDetail} event */
function signature({ name, signature, secretFingerprint }) {
  if (isOwn({ name })) return "made by this inbox";
  if (signature === "unsigned") return h("span.tag", "unsigned");
  return h(
    "span",
    "verified",
    secretFingerprint &&
      h("span.note", " by secret ", h("code", secretFingerprint)),
  );
}
