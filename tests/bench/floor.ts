/**
 * The least that an inbox can do in Deno: verify, read four fields, and store in
 * batches that are synced before any of their 200s. Nothing is checked, deduplicated,
 * dispatched, logged or counted, so this is what the server is measured against.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { DatabaseSync } from "node:sqlite";
import { setImmediate } from "node:timers";

const PATH = Deno.env.get("BENCH_DATABASE") ?? "floor.db";
const CHECKPOINT_BYTES = 4 << 20;
const ANSWER = '{"success":true,"message":"Webhook received successfully"}';
const headers = { "content-type": "application/json" };

interface Waiting {
  readonly body: Buffer;
  readonly answer: () => void;
}

const key = await crypto.subtle.importKey(
  "raw",
  new TextEncoder().encode(Deno.env.get("PERSONA_WEBHOOK_SECRET")),
  { name: "HMAC", hash: "SHA-256" },
  false,
  ["verify"],
);
const db = new DatabaseSync(PATH);
db.exec(`
  PRAGMA page_size = 16384;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  PRAGMA wal_autocheckpoint = 0;
  CREATE TABLE events (seq INTEGER PRIMARY KEY, id, name, created_at, object_id);
  CREATE TABLE bodies (seq INTEGER PRIMARY KEY, body BLOB);
`);
const log = await Deno.open(`${PATH}-wal`, { read: true, write: true });
const begin = db.prepare("BEGIN IMMEDIATE");
const commit = db.prepare("COMMIT");
const insertEvent = db.prepare("INSERT INTO events VALUES (NULL, ?, ?, ?, ?)");
const insertBody = db.prepare("INSERT INTO bodies VALUES (?, ?)");
const checkpointer = new Worker(import.meta.resolve("./floor_checkpoints.ts"), {
  type: "module",
});
checkpointer.onmessage = () => db.exec("PRAGMA wal_checkpoint(PASSIVE)");

let waiting: Waiting[] = [];
let isWriting = false;
let bytesInLog = 0;

async function write(): Promise<void> {
  while (waiting.length > 0) {
    const batch = waiting;
    waiting = [];
    begin.run();
    for (const { body } of batch) {
      const { lastInsertRowid } = insertEvent.run(
        field(body, '"data":{"type":"event","id":"'),
        field(body, '"name":"'),
        field(body, '"created-at":"'),
        field(body, '"payload":{"data":{"type":"inquiry","id":"'),
      );
      insertBody.run(lastInsertRowid, body);
      bytesInLog += body.length;
    }
    commit.run();
    await log.syncData();
    for (const { answer } of batch) answer();
    if (bytesInLog > CHECKPOINT_BYTES) {
      bytesInLog = 0;
      checkpointer.postMessage(PATH);
    }
  }
  isWriting = false;
}

function field(body: Buffer, before: string): string {
  const at = body.indexOf(before, 0, "latin1");
  if (at === -1) throw new Error(`Cannot read event: no ${before}`);
  const start = at + before.length;
  return body.toString("latin1", start, body.indexOf(34, start));
}

async function verify(header: string, body: Uint8Array): Promise<boolean> {
  const [t, v1] = header.split(",").map((part) => part.split("=")[1]);
  const message = Buffer.concat([Buffer.from(`${t}.`), body]);
  const mac = Buffer.from(v1 ?? "", "hex");
  return await crypto.subtle.verify("HMAC", key, mac, message);
}

Deno.serve(
  {
    hostname: "127.0.0.1",
    port: Number(Deno.env.get("PORT")),
    onListen: () => {},
  },
  async (request) => {
    if (request.method !== "POST") return new Response("floor");
    const body = Buffer.from(await request.arrayBuffer());
    const header = request.headers.get("persona-signature") ?? "";
    if (!await verify(header, body)) return new Response("", { status: 401 });
    await new Promise<void>((answer) => {
      waiting.push({ body, answer });
      if (isWriting) return;
      isWriting = true;
      setImmediate(() => void write());
    });
    return new Response(ANSWER, { headers });
  },
);
