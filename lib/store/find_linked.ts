// The objects that have a link, those included that came in a moment ago.

import type { Link } from "../persona/links.ts";
import type { EventFilter, ListRequest } from "./event_filter.ts";
import { createLinkToken, type LinkReader, linksOfEvent } from "./links.ts";

/** The most objects that are found. */
const OBJECTS_MAX = 10_000;

/** The most events that are searched beside the index, unless asked for. */
const SEARCHED_MAX = 2_000;

const PAGE = 100;

/** The objects found, and events without one. */
export interface LinkedObjects {
  readonly objectIds: readonly string[];
  /** The number of events that are neither in the index yet nor searched. */
  readonly unsearched: number;
  /** Objects of events that are not in the index yet, and cannot be read. */
  readonly unreadable: readonly string[];
}

/**
 * Finds the objects that have one of some links.
 *
 * @param options `searchedMax` is the most events that are searched beside the index.
 * @returns The objects, at most 10 000.
 * @throws {StoreError} If the store cannot be read.
 */
export async function findLinked(
  links: readonly Link[],
  reader: LinkReader,
  { searchedMax = SEARCHED_MAX }: { searchedMax?: number } = {},
): Promise<LinkedObjects> {
  const { key, linkedSeq, lastSeq } = await reader.linkProgress();
  const tokens = links.map(createLinkToken(key));
  const limit = OBJECTS_MAX;
  const found = new Set(await reader.linkedObjects({ tokens, limit }));
  const isWanted = ({ kind, value }: Link) =>
    links.some((one) => one.kind === kind && one.value === value);
  const unreadable = new Set<string>();
  const endSeq = Math.min(lastSeq, linkedSeq + searchedMax);
  for (let afterSeq = linkedSeq; afterSeq < endSeq; afterSeq += PAGE) {
    for (
      const event of await reader.unlinked({
        afterSeq,
        limit: PAGE,
      })
    ) {
      const { holder, links } = linksOfEvent(event);
      if (event.isUnreadable) unreadable.add(holder);
      if (links.some(isWanted)) found.add(holder);
    }
  }
  return {
    objectIds: [...found],
    unsearched: lastSeq - endSeq,
    unreadable: [...unreadable],
  };
}

/** A filter without a reference, and the events that its reference may be in, too. */
interface Resolved extends Omit<LinkedObjects, "objectIds"> {
  readonly filter: EventFilter;
}

/**
 * Replaces the reference in a request by the objects that have it.
 *
 * @throws {StoreError} If the store cannot be read.
 */
export async function withReference(
  { reference, ...filter }: ListRequest,
  reader: LinkReader,
): Promise<Resolved> {
  if (reference === undefined) {
    return { filter, unsearched: 0, unreadable: [] };
  }
  const link = { kind: "reference", value: reference } as const;
  const { objectIds, ...rest } = await findLinked([link], reader);
  return { filter: { ...filter, objectIds }, ...rest };
}
