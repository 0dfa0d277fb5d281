/**
 * People in an inbox, whose payloads are looked for in every byte of every file.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { deliver } from "./deliver.ts";
import { EchoReceiver } from "./echo_receiver.ts";
import { personBody, type PersonEvent } from "./person_event.ts";
import { type RunOptions, runProgram } from "./program.ts";
import { recorded } from "./recorded.ts";
import type { ServerProcess } from "./server_process.ts";
import { SECRET } from "./signed_delivery.ts";
import { TempDir } from "./temp_dir.ts";

const env = { PERSONA_WEBHOOK_SECRET: SECRET, INBOX_ADMIN_PORT: "0" };

/** Payload values of Jane, and one of somebody else. */
export const JANE = "Canary-Jane-b7f3a1";
export const JANES_REFERENCE = "user-canary-5d81";
export const JOHN = "Canary-John-c9e2d4";

export const JANES_ACCOUNT = "act_jane";
export const PERSON: Partial<PersonEvent> = {
  canary: JANE,
  account: JANES_ACCOUNT,
};

/** Jane's account, inquiry and verification, and somebody else's inquiry. */
export const EVENTS: readonly PersonEvent[] = [
  { ...PERSON, id: "evt_1", objectId: JANES_ACCOUNT, name: "account.created" },
  {
    ...PERSON,
    id: "evt_2",
    objectId: "inq_jane",
    reference: JANES_REFERENCE,
  },
  {
    ...PERSON,
    id: "evt_3",
    objectId: "ver_jane",
    name: "verification/government-id.passed",
    inquiry: "inq_jane",
  },
  { id: "evt_4", objectId: "inq_john", canary: JOHN, reference: "user-john" },
];

/** The files in which a text is, anywhere. */
export async function filesWith(
  folder: string,
  text: string,
): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isFile } of Deno.readDir(folder)) {
    if (!isFile) continue;
    const bytes = Buffer.from(await Deno.readFile(`${folder}/${name}`));
    if (bytes.includes(text)) found.push(name);
  }
  return found.sort();
}

export async function assertGone(folder: string): Promise<void> {
  for (const text of [JANE, JANES_REFERENCE]) {
    assertEquals(await filesWith(folder, text), [], text);
  }
}

/** A server whose destination repeats what it is sent. */
export async function setUpErasing(changes: Record<string, unknown> = {}) {
  const dir = await TempDir.make();
  const receiver = new EchoReceiver(() => new Response("Canary-Answer"));
  const app = { name: "app", url: receiver.url, events: ["*", "inbox.*"] };
  const echo = { name: "echo", exec: ["cat"] };
  const config = { destinations: [app, echo], ...changes };
  await dir.write("inbox.json", JSON.stringify(config));
  return {
    dir,
    receiver,
    data: `${dir.path}/data`,
    options: { cwd: dir.path, env },
    async [Symbol.asyncDispose]() {
      await receiver[Symbol.asyncDispose]();
      await dir[Symbol.asyncDispose]();
    },
  };
}

/** @param storeUrl As {@linkcode recorded} takes it. */
export async function deliverAll(
  server: ServerProcess,
  storeUrl?: string,
): Promise<void> {
  for (const event of EVENTS) {
    const { status } = await deliver(server.url, personBody(event));
    assertEquals(status, 200);
    await isDelivered(server, event.id, storeUrl);
  }
}

export async function isDelivered(
  server: ServerProcess,
  id: string,
  storeUrl?: string,
): Promise<void> {
  for (const name of ["app", "echo"]) {
    const line = `"delivered","eventId":"${id}".*"destination":"${name}"`;
    await recorded(server, new RegExp(line), storeUrl);
  }
}

export async function statuses(options: RunOptions) {
  const list = ["events", "--json", "--limit", "200"];
  const { stdout } = await runProgram(list, options);
  const rows = stdout.split("\n").filter((line) => line !== "")
    .map((line) => JSON.parse(line));
  return Object.fromEntries(rows.map(({ id, status }) => [id, status]));
}
