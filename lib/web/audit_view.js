import { instantText } from "./ages.js";
import { fetchJson } from "./api.js";
import { h } from "./dom.js";
import { eventHash } from "./route.js";

/** @import { ApiResult } from "./api.js" */
/** @import { AuditRecord } from "../views/api_types.ts" */

const COLUMNS = ["At", "By", "Act", "Subject", "Detail"];
/** Acts whose subject can be an event. */
const EVENT_ID = /^evt_\w+$/;

/** The view of the audit trail. */
export class AuditView {
  #rows = h("tbody");
  #note = h("p.note", { role: "status" });

  element = h(
    "section.page-view",
    { tabindex: 0, "aria-labelledby": "audit-title" },
    h("h1", { id: "audit-title" }, "Audit trail"),
    h(
      "p.lead",
      "Who revealed, replayed, sent or changed something, latest first. Each record holds the hash of the one before.",
    ),
    this.#note,
    h(
      "div.table-box",
      h(
        "table.audit",
        { "aria-labelledby": "audit-title" },
        h(
          "thead",
          h("tr", ...COLUMNS.map((name) => h("th", { scope: "col" }, name))),
        ),
        this.#rows,
      ),
    ),
  );

  /** Loads and shows it. */
  async load() {
    /** @type {ApiResult<{ records: AuditRecord[] }>} */
    const answer = await fetchJson("/api/audit");
    if (!answer.ok) {
      this.#note.textContent = answer.message;
      return;
    }
    const { records } = answer.value;
    this.#note.textContent = records.length === 0 ? "No records" : "";
    this.#rows.replaceChildren(...records.map(tableRow));
  }
}

/** @param {AuditRecord} record */
function tableRow({ at, by, act, subject, detail }) {
  return h(
    "tr",
    h("td.instant", instantText(at)),
    h("td", by),
    h("td", act),
    h("td", subject !== null && subjectOf(subject)),
    h("td", detail ?? ""),
  );
}

/** @param {string} subject */
function subjectOf(subject) {
  const code = h("code", subject);
  return EVENT_ID.test(subject)
    ? h("a", { href: eventHash(subject) }, code)
    : code;
}
