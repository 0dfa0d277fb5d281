// `rejected`: what a running server refused, and why.

import { InboxError, UsageError } from "../errors.ts";
import type { Rejected, RejectedDetail } from "../views/api_types.ts";
import { localTime } from "../lines/local_time.ts";
import { escapeInLine } from "../escape.ts";
import {
  askServer,
  refusalOf,
  SERVER_ADDRESS_FLAGS,
  type ServerAddress,
  serverOf,
} from "./ask_server.ts";
import { type Args, type Command, JSON_FLAG } from "./command.ts";
import { explanationJson, explanationText } from "./explanation_lines.ts";
import type { Io } from "./io.ts";
import { print } from "./print.ts";
import { alignColumns } from "./table.ts";

/** `persona-inbox rejected` */
export const rejectedCommand: Command = {
  name: "rejected",
  summary: "List what the server refused, grouped, or say why of one",
  operands: "[ID]",
  operandsMax: 1,
  examples: [
    "rejected",
    "rejected 1f0c2a7e",
    "rejected 1f0c2a7e --reveal",
  ],
  flags: {
    reveal: {
      help:
        "show header and body of one, but for access tokens in URLs; this is logged",
    },
    "reveal-tokens": { help: "the same with the access tokens" },
    ...JSON_FLAG,
    ...SERVER_ADDRESS_FLAGS,
  },
  run: runRejected,
};

const ASKED = {
  command: "list rejected deliveries",
  hint:
    "They are in the memory of the server: start it, or say where its local listener is: --admin-port PORT",
};

/** Rejected deliveries with the same reason. */
interface Group {
  readonly reason: string;
  readonly status: number;
  readonly count: number;
  readonly firstAt: string;
  readonly lastAt: string;
  readonly addresses: readonly string[];
  readonly summary: string;
  readonly hint: string;
  /** The latest. */
  readonly lastId: string;
}

async function runRejected(args: Args, io: Io): Promise<number> {
  const [prefix] = args.operands;
  const areTokensAsked = args.has("reveal-tokens");
  const isRevealing = areTokensAsked || args.has("reveal");
  if (isRevealing && prefix === undefined) {
    args.faults.push("--reveal needs an id: rejected ID --reveal");
  }
  const config = args.loadConfig("tool", io);
  const server = serverOf(config, { command: ASKED.command });
  const { rejected } = await read<{ rejected: readonly Rejected[] }>(
    "/api/rejected",
    server,
    io,
  );
  const asJson = args.isJson(io);
  if (prefix === undefined) {
    const groups = grouped(rejected);
    const lines = asJson
      ? groups.map((group) => JSON.stringify(group))
      : groupTable(groups, io.stdoutColumns());
    if (groups.length > 0) await print(lines.join("\n"), io);
    else if (!asJson) await print("No rejected deliveries", io);
    return 0;
  }
  const id = resolve(prefix, rejected);
  const asked = areTokensAsked ? "?reveal=tokens" : "?reveal=1";
  const query = isRevealing ? asked : "";
  const path = `/api/rejected/${encodeURIComponent(id)}${query}`;
  const detail = await read<RejectedDetail>(path, server, io);
  const lines = asJson ? detailJson(detail) : detailText(detail);
  await print(lines.join("\n"), io);
  return 0;
}

async function read<Data>(
  path: string,
  server: ServerAddress,
  io: Io,
): Promise<Data> {
  const answer = await askServer({ ...ASKED, path, server }, io);
  if (!answer.ok) throw refusalOf(answer, ASKED);
  return answer.body as Data;
}

function resolve(prefix: string, rejected: readonly Rejected[]): string {
  const ids = rejected.map(({ requestId }) => requestId)
    .filter((id) => id.startsWith(prefix));
  const [id] = ids;
  if (id === undefined) {
    throw new InboxError(
      `No rejected delivery ${escapeInLine(prefix)}`,
      "The server keeps the last 200 since it started: see rejected",
    );
  }
  if (ids.length === 1 || ids.includes(prefix)) {
    return ids.includes(prefix) ? prefix : id;
  }
  throw new UsageError([
    `Several ids begin with ${escapeInLine(prefix)}: ${
      ids.slice(0, 5).join(", ")
    }. Give more characters`,
  ]);
}

/** The latest group first. */
function grouped(rejected: readonly Rejected[]): Group[] {
  const byReason = Map.groupBy(rejected, ({ reason }) => reason);
  return [...byReason].map(([reason, [latest, ...earlier]]) => {
    if (!latest) throw new Error("a group has a member");
    const all = [latest, ...earlier];
    const { status, summary, hint, at, requestId } = latest;
    return {
      reason,
      status,
      count: all.length,
      firstAt: all.at(-1)?.at ?? at,
      lastAt: at,
      addresses: [...new Set(all.map(({ address }) => address))],
      summary,
      hint,
      lastId: requestId,
    };
  });
}

function groupTable(
  groups: readonly Group[],
  columns: number | null,
): string[] {
  const rows = groups.map((group) => [
    String(group.count),
    String(group.status),
    group.summary,
    { text: sendersText(group.addresses), drop: 1 },
    { text: localTime(group.lastAt), drop: 2 },
    group.lastId,
  ]);
  const heading = [
    "COUNT",
    "STATUS",
    "REASON",
    { text: "FROM", drop: 1 },
    { text: "LATEST", drop: 2 },
    "ID OF THE LATEST",
  ];
  return alignColumns([heading, ...rows], columns);
}

function sendersText(addresses: readonly string[]): string {
  const [first = "", ...more] = addresses;
  return more.length === 0 ? first : `${first} and ${more.length} more`;
}

function detailText(detail: RejectedDetail): string[] {
  const { at, address, bodyBytes, explanation, header, body } = detail;
  const facts = [
    localTime(at),
    address && `from ${address}`,
    `answered ${detail.status}`,
    bodyBytes !== null && `body of ${bodyBytes} bytes`,
    `request ${detail.requestId}`,
  ];
  return [
    ...(explanation
      ? explanationText(explanation)
      : [`✗ ${detail.summary}`, `  ${detail.hint}`]),
    "",
    facts.filter(Boolean).join(", "),
    ...(detail.isKept
      ? []
      : ["Its content was dropped to make room for later ones."]),
    ...(header === null ? [] : [`persona-signature: ${escapeInLine(header)}`]),
    ...(body === null ? [] : [body]),
  ];
}

/** The delivery first, then what `explain` prints. */
function detailJson({ explanation, ...rest }: RejectedDetail): string[] {
  return [
    JSON.stringify({ type: "rejected", ...rest }),
    ...(explanation ? explanationJson(explanation) : []),
  ];
}
