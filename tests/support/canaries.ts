/**
 * Values of a person that must not be on a disk, and the search for them.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { sampleEvent } from "../../lib/samples/samples.ts";

/** In a payload: a name, a number of a document, a date of birth, a token of a URL. */
const PAYLOAD = ["Canary-Jo", "D0CUMENT-4711", "1990-01-31", "T0KEN-of-a-file"];

/** In what a destination answers. */
export const ANSWER = "Answer-0815";

/** All of them. */
export const CANARIES: readonly string[] = [...PAYLOAD, ANSWER];

/** A sample with canaries where it has a person's data. */
export function canaryEvent(
  { reference = PAYLOAD[1]!, ...more }: {
    readonly objectId?: string;
    readonly reference?: string;
  } = {},
): { id: string; objectId: string; body: string } {
  const event = JSON.stringify(sampleEvent("inquiry.approved", more));
  const body = JSON.stringify(JSON.parse(event, (key, value) => {
    if (key === "name-first") return PAYLOAD[0];
    if (key === "birthdate") return PAYLOAD[2];
    if (/photo-url$/.test(key)) return `https://x.test/?t=${PAYLOAD[3]}`;
    if (/reference/.test(key)) return reference;
    if (/number/.test(key)) return PAYLOAD[1];
    return value;
  }));
  const { id, attributes } = JSON.parse(body).data;
  return { id, objectId: attributes.payload.data.id, body };
}

/** The spellings of a text that a program could have left behind. */
function spellings(text: string): Buffer[] {
  const bytes = Buffer.from(text);
  // Base64 differs by where in a group of three bytes it begins.
  const base64 = [0, 1, 2].map((skipped) => {
    const whole = bytes.subarray((3 - skipped) % 3);
    const end = whole.length - whole.length % 3;
    return whole.subarray(0, end).toString("base64");
  });
  return [
    bytes,
    ...[bytes.toString("hex"), ...base64].map((one) => Buffer.from(one)),
  ];
}

/** One of a payload stands for the others, that the search takes no longer than it must. */
const NEEDLES = [PAYLOAD[1]!, ANSWER].flatMap((canary) =>
  spellings(canary).map((needle) => ({ canary, needle }))
);

/** The files under a folder that hold a canary in any spelling, and which. */
export async function leaksIn(folder: string): Promise<string[]> {
  const leaks: string[] = [];
  for await (const path of filesUnder(folder)) {
    const bytes = Buffer.from(await Deno.readFile(path).catch(gone));
    const found = NEEDLES.filter(({ needle }) => bytes.includes(needle));
    for (const canary of new Set(found.map(({ canary }) => canary))) {
      leaks.push(`${path}: ${canary}`);
    }
  }
  return leaks;
}

/** The files under a folder that hold some bytes. */
export async function filesWith(
  bytes: Uint8Array,
  folder: string,
): Promise<string[]> {
  const paths = await Array.fromAsync(filesUnder(folder));
  const found = await Promise.all(paths.map(async (path) => {
    const text = Buffer.from(await Deno.readFile(path).catch(gone));
    return text.includes(Buffer.from(bytes)) ? [path] : [];
  }));
  return found.flat();
}

/** Paths of files under a folder, all of them. */
async function* filesUnder(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory, isFile } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) yield* filesUnder(path);
    else if (isFile) yield path;
  }
}

/** A server removes files of its own while they are listed. */
function gone(error: unknown): Uint8Array<ArrayBuffer> {
  if (error instanceof Deno.errors.NotFound) return new Uint8Array();
  throw error;
}

/** The settings of destinations that repeat all that they get, in every way. */
export async function writeParrots(
  folder: string,
  url: string,
): Promise<void> {
  await Deno.writeTextFile(
    `${folder}/parrot.js`,
    `export default { "*": (event) => {
       console.log(JSON.stringify(event.payload));
       console.error(event.payload);
       throw new Error(JSON.stringify(event.payload));
     } };\n`,
  );
  const exec = ["sh", "-c", "cat; cat >&2; exit 1"];
  const destinations = [
    { name: "http", url },
    { name: "exec", exec, attemptsMax: 1 },
    { name: "module", module: "./parrot.js", attemptsMax: 1 },
  ];
  await Deno.writeTextFile(
    `${folder}/inbox.json`,
    JSON.stringify({ destinations }),
  );
}
