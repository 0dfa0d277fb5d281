/**
 * How long it takes to find out where an event belongs.
 *
 * @module
 */

import { readEnvelope } from "../../lib/persona/envelope.ts";
import { EventTemplate, freshIds } from "./event_template.ts";

const template = new EventTemplate();
const body = new Uint8Array(template.length);
template.write(body, freshIds());
const decoder = new TextDecoder();

const group = "parse, 6.5 kB";

Deno.bench("readEnvelope()", { group, baseline: true }, () => {
  readEnvelope(body);
});

Deno.bench("decode and JSON.parse()", { group }, () => {
  JSON.parse(decoder.decode(body));
});
