import { strongestToken } from "../config/admin_tokens.ts";
import { sendOnce } from "../app/send_once.ts";
import { InboxError } from "../errors.ts";
import { recordedAct } from "./record_act.ts";
import { shownUrl } from "../views/destination_info.ts";
import { findHolder } from "../store/open_store.ts";
import type { EventReader, EventRow } from "../store/event_reader.ts";
import type { SentOnce } from "../views/sent_once.ts";
import type { Job } from "./dispatch_again.ts";
import { sendOnceByServer } from "./remote_replay.ts";
import { withStderrLog } from "./stderr_logger.ts";
import { withReader } from "./with_reader.ts";

/** Events are listed in pages of this size. */
const PAGE = 1_000;

/** The events of a request, in created-at order, and the ids that are not there. */
export interface Selection {
  readonly rows: readonly EventRow[];
  readonly unknownIds: readonly string[];
}

/**
 * Finds the events of a request, wherever they were dispatched.
 *
 * @throws {StoreError} If the store cannot be read.
 */
export function selectEvents({ request, config }: Job): Promise<Selection> {
  const { isDead, isAgain: _, destination: __, ...filter } = request;
  const status = isDead ? { status: "dead" as const } : {};
  return withReader(config, async (reader: EventReader) => {
    const rows: EventRow[] = [];
    let page: readonly EventRow[];
    do {
      const last = rows.at(-1);
      const beforeSeq = last ? { beforeSeq: last.seq } : {};
      page = await reader.list({
        ...filter,
        ...status,
        ...beforeSeq,
        limit: PAGE,
      });
      rows.push(...page);
    } while (page.length === PAGE);
    const found = new Set(rows.map(({ id }) => id));
    const unknownIds = (request.ids ?? []).filter((id) => !found.has(id));
    const timeOf = (row: EventRow) => row.createdAtMs ?? row.receivedAtMs;
    rows.sort((a, b) => timeOf(a) - timeOf(b) || a.seq - b.seq);
    return { rows, unknownIds };
  });
}

/**
 * Sends events, one after the other. A server that holds the store does it, so that
 * its log tells of it; otherwise this process does.
 *
 * @yields The result of each.
 * @throws {InboxError} If the store cannot be read, or the server refuses.
 */
export async function* sendEventsOnce(
  ids: readonly string[],
  to: string,
  { config, io }: Job,
): AsyncGenerator<SentOnce> {
  const localUrl = findHolder(config.storeUrl)?.localUrl ?? null;
  const { adminTokens, forwardSecret: secret } = config;
  const token = strongestToken(adminTokens);
  const server = localUrl === null ? null : { localUrl, token };
  for (const id of ids) {
    const sendHere = () =>
      withStderrLog(
        io,
        (logger) =>
          withReader(
            config,
            (reader) => sendOnce(id, to, { reader, secret, logger }),
          ),
      );
    const sent = server === null
      ? await recordedAct(sendHere, {
        storeUrl: config.storeUrl,
        act: "send",
        subject: id,
        detail: shownUrl(to),
        isDone: (sent) => sent !== undefined,
      })
      : await sendOnceByServer(id, to, server, io);
    if (!sent) {
      throw new InboxError(
        `Cannot replay ${id}: it is no longer in the store`,
        "List what is stored with the events command",
      );
    }
    yield sent;
  }
}
