import { assert, assertEquals } from "@std/assert";
import {
  createLogger,
  formatJson,
  LOG_LEVELS,
  type LoggerOptions,
  toLoggable,
} from "../lib/log.ts";
import { FakeClock } from "./support/fake_clock.ts";
import { ENTRIES, RECEIVED } from "./support/log_entries.ts";
import { LogSink } from "./support/log_sink.ts";

const NOW_MS = Date.UTC(2025, 5, 15, 15, 6, 40, 123);
const TIME = "2025-06-15T15:06:40.123Z";

function setup(
  options: Partial<LoggerOptions> = {},
  sink: LogSink = new LogSink(),
) {
  const clock = new FakeClock(NOW_MS);
  const logger = createLogger({ clock, write: sink.write, ...options });
  return { clock, sink, logger };
}

Deno.test("createLogger() writes what is of its level and above", async () => {
  for (const [rank, level] of LOG_LEVELS.entries()) {
    const { sink, logger } = setup({ level });
    for (const [, entry] of ENTRIES) logger.log(entry);
    await logger.flush();
    // With port 0 only the start line tells where the server is.
    const expected = ENTRIES.filter(([of, { msg }]) =>
      msg === "listening" ||
      LOG_LEVELS.findIndex((known) => known === of) >= rank
    );
    const msgs = sink.lines.map((line) => JSON.parse(line).msg);
    assertEquals(msgs, expected.map(([, { msg }]) => msg), level);
  }
});

Deno.test("createLogger() takes info for its level", async () => {
  const { sink, logger } = setup();
  logger.log(RECEIVED);
  await logger.flush();
  assertEquals(sink.lines.length, 1);
});

Deno.test("formatJson() puts time and level before the entry, in one line", async () => {
  const { sink, logger } = setup({ level: "debug" });
  for (const [, entry] of ENTRIES) logger.log(entry);
  await logger.flush();
  for (const [i, [level, entry]] of ENTRIES.entries()) {
    const line = sink.lines[i]!;
    assertEquals(JSON.parse(line), { time: TIME, level, ...entry });
    assert(line.startsWith(`{"time":"${TIME}","level":"${level}","msg":"`));
  }
});

Deno.test("formatJson() leaves out what is not known", () => {
  const line = formatJson(
    {
      msg: "rejected",
      requestId: "r",
      status: 401,
      reason: "signature-missing",
      skewSeconds: undefined,
    },
    { level: "warn", timeMs: NOW_MS },
  );
  assertEquals(
    line,
    `{"time":"${TIME}","level":"warn","msg":"rejected","requestId":"r","status":401,"reason":"signature-missing"}`,
  );
});

Deno.test("log() takes the time of the entry, not of the writing", async () => {
  const { clock, sink, logger } = setup({}, new LogSink({ isSlow: true }));
  logger.log({ msg: "stopped" });
  logger.log({ msg: "stopped" });
  clock.advance(1_000);
  logger.log({ msg: "stopped" });
  sink.release();
  await logger.flush();
  const times = sink.lines.map((line) => JSON.parse(line).time);
  assertEquals(times, [TIME, TIME, "2025-06-15T15:06:41.123Z"]);
});

Deno.test("log() gathers lines while one write is under way", async () => {
  const { sink, logger } = setup({}, new LogSink({ isSlow: true }));
  for (let lines = 1; lines <= 100; lines++) {
    logger.log({ msg: "log lines lost", lines });
  }
  sink.release();
  await logger.flush();
  assert(sink.writes.length <= 2, "a write for each line is too many");
  const lines = sink.lines.map((line) => JSON.parse(line).lines);
  assertEquals(lines, Array.from({ length: 100 }, (_, i) => i + 1));
});

Deno.test("log() never waits for a slow reader, and counts what is lost", async () => {
  const { sink, logger } = setup({}, new LogSink({ isSlow: true }));
  logger.log({ msg: "stopped" });
  await Promise.resolve();
  for (let i = 0; i < 25_000; i++) logger.log(RECEIVED);
  sink.release();
  await logger.flush();
  const entries = sink.lines.map((line) => JSON.parse(line));
  const received = entries.filter(({ msg }) => msg === "received").length;
  const [told, ...more] = entries.filter(({ msg }) => msg === "log lines lost");
  assertEquals(more, []);
  assertEquals(told.lines + received, 25_000);
  assertEquals(received, 10_000);

  logger.log(RECEIVED);
  await logger.flush();
  assertEquals(JSON.parse(sink.lines.at(-1)!).msg, "received", "works again");
});

Deno.test("log() outlives a reader that has gone", async () => {
  const { sink, logger } = setup({}, new LogSink({ isSlow: true }));
  logger.log({ msg: "stopping", signal: "SIGINT" });
  await Promise.resolve();
  sink.breakOff();
  sink.release();
  logger.log({ msg: "stopped" });
  await logger.flush();
  assertEquals(JSON.parse(sink.lines.at(-1)!).msg, "stopped");
});

Deno.test("flush() waits until all is written", async () => {
  const { sink, logger } = setup({}, new LogSink({ isSlow: true }));
  await logger.flush();
  logger.log({ msg: "stopped" });
  let flushed = false;
  const flushing = logger.flush().then(() => flushed = true);
  await new Promise((resolve) => setTimeout(resolve, 0));
  assertEquals(flushed, false);
  logger.log({ msg: "stopped" });
  sink.release();
  await flushing;
  assertEquals(sink.lines.length, 2);
});

Deno.test("toLoggable() lets identifiers through and nothing else", () => {
  const identifiers = [
    "evt_4XkN2cTbZ1mPqRsW",
    "inquiry.marked-for-review",
    "report/watchlist.ready",
    "550e8400-e29b-41d4-a716-446655440000",
    "a",
    "x".repeat(128),
  ];
  for (const text of identifiers) assertEquals(String(toLoggable(text)), text);
  const others = [
    "",
    "x".repeat(129),
    "Jo Doe",
    "Jörg",
    "a\n",
    "a\nlevel=error",
    "\x1b[2J",
    "\x1b]0;title\x07",
    "\u009b31m",
    "a\u202eb",
    "a\u0000",
    '{"a":1}',
    "a,b",
    "+49 30 123",
    "<script>",
    "100%",
  ];
  for (const text of others) {
    assertEquals(String(toLoggable(text)), `<${text.length} characters>`);
  }
  assertEquals(toLoggable(null), null);
});
