/** Prefixes by type; the rarer ones are invented, as Persona's ids are opaque. */
const ID_PREFIXES: Readonly<Record<string, string>> = {
  account: "act",
  "account-property": "actp",
  "account-type": "acttp",
  "agent-conversation": "agcv",
  authentication: "auth",
  case: "case",
  "case-comment": "casec",
  "case-message": "casem",
  "case-queue": "cq",
  "case-template": "ctmpl",
  checkpoint: "chk",
  connect: "cnst",
  device: "dev",
  document: "doc",
  event: "evt",
  filing: "fil",
  "graph-query": "gqry",
  "importer-pipeline-run": "mprtr",
  inquiry: "inq",
  "inquiry-session": "iqse",
  "inquiry-template": "itmpl",
  "inquiry-template-version": "itmplv",
  "integration-log": "intl",
  report: "rep",
  "report-template": "rptp",
  sar: "sar",
  selfie: "self",
  session: "sess",
  transaction: "txn",
  "transaction-label": "txnl",
  "transaction-type": "txntp",
  user: "user",
  verification: "ver",
  "verification-template": "vtmpl",
  workflow: "wfl",
  "workflow-run": "wfr",
};

/**
 * Returns the prefix of the ids of a type.
 *
 * @param type A resource type, such as `inquiry` or `report/watchlist`.
 * @returns The prefix, such as `inq`.
 */
export function idPrefixOf(type: string): string {
  const [kind = ""] = type.split("/");
  return Object.hasOwn(ID_PREFIXES, kind) ? ID_PREFIXES[kind] ?? "" : "obj";
}
