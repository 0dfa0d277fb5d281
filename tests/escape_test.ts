import { assertEquals, assertMatch } from "@std/assert";
import { escapeControls, escapeInLine } from "../lib/escape.ts";
import { run } from "../lib/cli/run.ts";
import { prettyFormat } from "../lib/lines/log_pretty.ts";
import { formatJson, type LogEntry } from "../lib/log.ts";
import { FakeIo } from "./support/fake_io.ts";

const UNSEEN = [
  ..."\u0000\u0007\u0008\u001b\u007f\u0080\u009b\u009f", // Controls.
  ..."\u00ad\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202e", // Format, bidi.
  ..."\u2028\u2029\u2060\u2066\u2069\u206f\ufeff\ufff9\ufffb",
  ..."\u034f\u115f\u1160\u17b4\u180b\u2800\u3164\ufe0f\uffa0", // Without ink.
  ..."\u{e0001}\u{e0041}\u{e0100}\u{1d173}", // Tags, selectors, beams.
];

Deno.test("escapeControls() leaves nothing unseen, and JSON the same JSON", () => {
  for (const character of UNSEEN) {
    const escaped = escapeControls(`a${character}b`);
    assertMatch(escaped, /^a(?:\\u[0-9a-f]{4}){1,2}b$/);
    assertEquals(JSON.parse(`"${escaped}"`), `a${character}b`);
  }
  assertEquals(escapeControls("\ud800"), "\\ud800");
});

Deno.test("escapeControls() leaves writing as it is", () => {
  const text = "Zoë, 王小明, علي, Пётр 😀\n\tevt_1 … “x”\r\n";
  assertEquals(escapeControls(text), text);
  assertEquals(escapeInLine("a\tb\nc"), "a\\u0009b\\u000ac");
});

Deno.test("typed text is never raw in messages", async () => {
  for (const character of UNSEEN) {
    const io = new FakeIo({ env: { PORT: `8${character}0` } });
    assertEquals(
      await run(["send", `--${character}x`, "a", `${character}`], io),
      2,
    );
    assertEquals(await run([`ev${character}ents`], io), 2);
    const left = [...io.err].filter((one) => UNSEEN.includes(one));
    assertEquals(left, [], io.err);
  }
});

Deno.test("no entry of the log has anything unseen", () => {
  const unseen = UNSEEN.join("");
  const entries: LogEntry[] = [
    { msg: "settings warning", warning: `a${unseen}b`, hint: `c${unseen}` },
    { msg: "store failed", fault: `a${unseen}`, hint: `b${unseen}\nc` },
    { msg: "listener failed", port: 1, fault: unseen },
  ];
  const pretty = prettyFormat({ color: false, columns: () => null });
  for (const entry of entries) {
    for (const format of [formatJson, pretty]) {
      const line = format(entry, { level: "warn", timeMs: 0 });
      assertEquals([...line].filter((one) => UNSEEN.includes(one)), []);
    }
    const json = formatJson(entry, { level: "warn", timeMs: 0 });
    assertEquals({ ...JSON.parse(json), ...entry }, JSON.parse(json));
  }
});
