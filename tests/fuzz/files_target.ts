// Files beside a server that something else has changed: the audit trail and the store.

import { assert, assertEquals } from "@std/assert";
import fc from "npm:fast-check@4.11.0";
import { StoreError } from "../../lib/errors.ts";
import { type AuditEntry, verifyTrail } from "../../lib/store/audit.ts";
import { AuditFile } from "../../lib/store/sqlite/audit_file.ts";
import { openSqliteReader } from "../../lib/store/sqlite/reader.ts";
import { bytesOf, CANARY, eventText } from "../support/signed_delivery.ts";
import { delivery, idOf } from "../support/deliveries.ts";
import { makeStore } from "../support/store_files.ts";
import { TempDir } from "../support/temp_dir.ts";
import type { FuzzTarget, OpenTarget } from "./fuzz_target.ts";
import { mutated } from "./mutated.ts";

const NOW_MS = 1_750_000_000_000;

const ENTRIES: readonly AuditEntry[] = [
  { act: "start", by: "local", subject: null, detail: "version 0.1.0" },
  { act: "reveal", by: "alice", subject: "evt_1", detail: null },
  { act: "erase", by: "bob", subject: "inq_1", detail: "3 events, é\ufffd" },
  { act: "pause", by: "alice", subject: "app", detail: null },
];

/** The bytes up to the last line break. */
function wholeLines(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(0, bytes.lastIndexOf(10) + 1);
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

async function openAudit(): Promise<OpenTarget> {
  const dir = await TempDir.make();
  const path = `${dir.path}/audit.jsonl`;
  const trail = new AuditFile(path);
  for (const entry of ENTRIES) await trail.append(entry, NOW_MS);
  const written = await Deno.readFile(path);
  const head = (await trail.last())?.hash;
  const lines = new TextDecoder().decode(written).split("\n");
  const inputs = mutated([written], [
    ...lines.map((line) => `${line}\n`),
    ...["\n", '"by":"eve",', "\ufeff", " ", "\r", "{}", "\0"],
  ]);
  const property = fc.asyncProperty(inputs, async (bytes) => {
    await Deno.writeFile(path, bytes);
    const { ok } = await verifyTrail(trail.records(), { head });
    assertEquals(ok, isEqual(wholeLines(bytes), written));
    if (bytes.length % 16 > 0) return; // As each append is synced.
    try {
      await trail.append(ENTRIES[1]!, NOW_MS);
      // It follows a record that is whole, or begins the trail anew.
      const last = await trail.last();
      const isFirst = wholeLines(bytes).length === 0;
      assertEquals(isFirst, last?.previous === "");
    } catch (error) {
      assert(error instanceof StoreError, String(error));
    }
  });
  return { property, close: () => dir[Symbol.asyncDispose]() };
}

async function openDamaged(): Promise<OpenTarget> {
  const dir = await TempDir.make();
  const path = `${dir.path}/inbox.db`;
  const ids = Array.from({ length: 20 }, (_, i) => idOf(i));
  await makeStore(
    path,
    ids.map((id) => delivery(id, { body: bytesOf(eventText(id)) })),
  );
  const written = await Deno.readFile(path);
  const property = fc.asyncProperty(mutated([written]), async (bytes) => {
    await Deno.writeFile(path, bytes);
    try {
      const reader = openSqliteReader(path);
      try {
        await reader.list({ limit: 100 });
        for (const id of ids.slice(0, 3)) await reader.get(id);
        await reader.idsWithPrefix({ prefix: "evt", of: "event", limit: 9 });
        await reader.totals();
      } finally {
        reader.close();
      }
    } catch (error) {
      assert(error instanceof StoreError, String(error));
      assert(!`${error.message} ${error.hint}`.includes(CANARY));
    }
  });
  return { property, close: () => dir[Symbol.asyncDispose]() };
}

export const FILES_TARGETS: readonly FuzzTarget[] = [
  {
    name: "files: whatever is changed in an audit trail is found",
    runs: 150,
    open: openAudit,
  },
  {
    name: "files: a damaged store is read or told",
    runs: 12,
    open: openDamaged,
  },
];
