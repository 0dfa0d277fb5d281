import type { JsonObject, JsonValue } from "../json/json.ts";
import type { SampleContext } from "./context.ts";

const BUSINESS_NAME = "Sample Fictions Ltd";
const CRYPTO_ADDRESS = "bc1qexampleexampleexampleexampleexample";

/** Queries by kind, of reports that are not about a person. */
const QUERIES: ReadonlyMap<string, JsonObject> = new Map<string, JsonObject>([
  ["report/business-adverse-media", {
    "business-name": BUSINESS_NAME,
    "address-country": "US",
  }],
  ["report/business-associated-persons", { "address-country-code": "US" }],
  ["report/business-lookup", {
    "business-name": BUSINESS_NAME,
    "address-country-code": "US",
  }],
  ["report/business-registrations-lookup", { "address-country-code": "US" }],
  ["report/crypto-address-watchlist", { "crypto-address": CRYPTO_ADDRESS }],
]);

/**
 * Creates the query of a report.
 *
 * @returns The `query`.
 */
export function reportQuery({ kind, person }: SampleContext): JsonObject {
  const query = QUERIES.get(kind);
  if (query) return { ...query };
  if (person === null) return {};
  const { "name-first": first, "name-last": last, birthdate } = person;
  return { "name-first": first, "name-last": last, birthdate };
}

/**
 * Creates the attributes that hold the results of a report.
 *
 * @returns The attributes in kebab case; none for kinds whose defaults will do.
 */
export function reportResult(
  { kind }: SampleContext,
  hasMatch: boolean,
): Record<string, JsonValue> {
  const found = (match: JsonObject) => hasMatch ? [match] : [];
  switch (kind) {
    case "report/watchlist":
      return { "matched-lists": found(listMatch()) };
    case "report/business-watchlist":
      return { "matched-lists": hasMatch ? ["Sample list of nobody"] : [] };
    case "report/crypto-address-watchlist":
      return { result: found(listMatch()) };
    case "report/politically-exposed-person":
      return { result: found({ name: "Nobody Sample", topics: ["role.pep"] }) };
    case "report/business-adverse-media":
      return {
        result: {
          "adverse-media": found({
            title: "Nothing happened",
            url: "https://news.example.com/nothing",
            date: "2020-01-31",
          }),
        },
      };
    case "report/business-associated-persons":
      return { "ownership-information": { owners: [] } };
    default:
      return {};
  }
}

function listMatch(): JsonObject {
  return {
    name: "Sample list of nobody",
    slug: "sample-list",
    url: "https://lists.example.com/nobody",
    "list-type": "sanction",
    "flag-code": "US",
    entities: [{ name: "Nobody Sample", "alias-type": "primary_name" }],
  };
}
