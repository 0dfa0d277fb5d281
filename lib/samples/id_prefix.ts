// The first part of ids in samples.

/** Prefixes by type; the rarer ones are invented, as Persona's ids are opaque. */
const ID_PREFIXES: ReadonlyMap<string, string> = new Map([
  ["account", "act"],
  ["account-property", "actp"],
  ["account-type", "acttp"],
  ["agent-conversation", "agcv"],
  ["authentication", "auth"],
  ["case", "case"],
  ["case-comment", "casec"],
  ["case-message", "casem"],
  ["case-template", "ctmpl"],
  ["checkpoint", "chk"],
  ["connect/share-token", "cnst"],
  ["filing", "fil"],
  ["graph-query", "gqry"],
  ["importer-pipeline-run", "mprtr"],
  ["inquiry", "inq"],
  ["inquiry-template", "itmpl"],
  ["inquiry-template-version", "itmplv"],
  ["integration-log", "intl"],
  ["sar", "sar"],
  ["session", "sess"],
  ["transaction", "txn"],
  ["transaction-type", "txntp"],
  ["user", "user"],
  ["workflow", "wfl"],
  ["workflow-run", "wfr"],
]);

/**
 * Returns the prefix of the ids of a type.
 *
 * @param type A resource type, such as `inquiry`.
 * @returns The prefix, such as `inq`.
 */
export function idPrefixOf(type: string): string {
  return ID_PREFIXES.get(type) ?? "obj";
}
