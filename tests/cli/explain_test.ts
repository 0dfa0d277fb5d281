import { assert, assertEquals } from "@std/assert";
import { run } from "../../lib/cli/run.ts";
import { secretFingerprint } from "../../lib/secret_fingerprint.ts";
import { REJECT_REASONS } from "../../lib/reject_reasons.ts";
import { FakeIo, type FakeIoOptions } from "../support/fake_io.ts";
import { runProgram } from "../support/program.ts";
import {
  bytesOf,
  CANARY,
  eventText,
  headerOf,
  NOW_SECONDS,
  SECRET,
} from "../support/signed_delivery.ts";
import { TempDir } from "../support/temp_dir.ts";

const BODY = eventText();
const GOOD = headerOf(BODY);
const NOW = ["--now", `${NOW_SECONDS}`];
const FINGERPRINT = await secretFingerprint(SECRET);

/** Runs `explain` on `body.json` with the secret in the environment. */
async function explain(
  args: readonly string[],
  { env, files, ...options }: FakeIoOptions = {},
) {
  const io = new FakeIo({
    env: { PERSONA_WEBHOOK_SECRET: SECRET, ...env },
    files: { "body.json": BODY, ...files },
    ...options,
  });
  const body = args.includes("--body") ? [] : ["--body", "body.json"];
  const code = await run(["explain", ...body, ...args], io);
  return { io, code };
}

async function refused(
  args: readonly string[],
  options: FakeIoOptions = {},
): Promise<string[]> {
  const io = new FakeIo(options);
  assertEquals(await run(["explain", ...args], io), 2);
  assertEquals(io.out, "");
  return io.err.split("\n").slice(0, -1);
}

Deno.test("explain tells a valid signature with its set and secret, exit 0", async () => {
  const header = `${headerOf(BODY, { secret: "wbhsec_new" })} ${GOOD}`;
  const { io, code } = await explain(["--header", header, ...NOW]);
  assertEquals(code, 0);
  const [verdict, ...findings] = io.json;
  assertEquals(verdict, {
    type: "verdict",
    ok: true,
    reason: null,
    set: 2,
    secretFingerprint: FINGERPRINT,
    sentence: `Valid signature: set 2 made with secret ${FINGERPRINT}`,
  });
  assertEquals(findings.map(({ type, code }) => `${type} ${code}`), [
    "finding other-secret",
    "finding fits",
  ]);
  assertEquals(io.err, "");
});

Deno.test("explain tells what is wrong on a terminal, verdict first, exit 1", async () => {
  const header = headerOf(BODY, { timestamp: NOW_SECONDS - 400 });
  const args = ["--header", header, ...NOW];
  const { io, code } = await explain(args, { isTerminal: true });
  assertEquals(code, 1);
  assertEquals(io.out.split("\n"), [
    "✗ Invalid signature: timestamp too old",
    "",
    "✗ t lies 400 s (7 min) in the past: 100 s more than the tolerance of 300 s",
    "  Replayed, or this clock is ahead; see INBOX_TOLERANCE_SECONDS. For a delivery of the past say when it came, with --now",
    "",
    `· The signature fits the body as it is (secret ${FINGERPRINT})`,
    "  If a receiver rejects it anyway: does it check the raw bytes, and each set with its own t?",
    "",
  ]);
  const asked = await explain([...args, "--json"], { isTerminal: true });
  assertEquals(asked.io.json[0].reason, "signature-expired");
});

Deno.test("explain uses the words of the log for its verdict", async () => {
  const table = [
    ["", "signature-missing"],
    ["nonsense", "signature-malformed"],
    [headerOf(BODY, { timestamp: 1 }), "signature-expired"],
    [headerOf(BODY, { timestamp: NOW_SECONDS * 2 }), "signature-future"],
    [headerOf("another"), "signature-mismatch"],
  ] as const;
  for (const [header, reason] of table) {
    const { io, code } = await explain([`--header=${header}`, ...NOW]);
    assertEquals(code, 1);
    const [verdict, ...findings] = io.json;
    assertEquals(verdict.reason, reason);
    assertEquals(verdict.sentence, REJECT_REASONS[reason].summary);
    assert(findings.some(({ isFault }) => isFault));
  }
});

Deno.test("explain takes a header with its name before it", async () => {
  for (
    const header of [
      `persona-signature: ${GOOD}`,
      `Persona-Signature:${GOOD}`,
      ` ${GOOD}\r\n`,
    ]
  ) {
    const { code } = await explain(["--header", header, ...NOW]);
    assertEquals(code, 0, header);
  }
  const { io } = await explain(["--header", "Persona-Signature:", ...NOW]);
  assertEquals(io.json[0].reason, "signature-missing");
});

Deno.test("explain takes the time in seconds or ISO, now unless said", async () => {
  const iso = new Date(NOW_SECONDS * 1000 + 999).toISOString();
  for (const now of [`${NOW_SECONDS}`, iso, "2025-06-15T17:06:40+02:00"]) {
    const { code } = await explain(["--header", GOOD, "--now", now]);
    assertEquals(code, 0, now);
  }
  const { io } = await explain(["--header", GOOD]);
  assertEquals(io.json[0].reason, "signature-expired");
});

Deno.test("explain takes secrets and tolerance from where settings stand", async () => {
  const header = headerOf(BODY, { timestamp: NOW_SECONDS - 400 });
  const args = ["--header", header, ...NOW];
  const other = { PERSONA_WEBHOOK_SECRET: "wbhsec_other" };
  const flags = ["--secret", `wbhsec_new,${SECRET}`, "--tolerance", "400"];
  const table: [args: string[], options: FakeIoOptions, code: number][] = [
    [[], {}, 1],
    [flags, { env: other }, 0],
    [[], { env: { INBOX_TOLERANCE_SECONDS: "400" } }, 0],
    [["--tolerance=399"], {}, 1],
    [["--tolerance=400"], { env: other }, 1],
    [["--tolerance=400"], {
      env: { PERSONA_WEBHOOK_SECRET: "" },
      files: { ".env": `PERSONA_WEBHOOK_SECRET=${SECRET}` },
    }, 0],
  ];
  for (const [more, options, expected] of table) {
    const { code } = await explain([...args, ...more], options);
    assertEquals(code, expected, more.join(" "));
  }
});

Deno.test("explain reads the body from standard input", async () => {
  const input = bytesOf(BODY);
  const args = ["--header", GOOD, "--body", "-", ...NOW];
  assertEquals((await explain(args, { input })).code, 0);
});

Deno.test("explain as a process reads standard input to its end", async () => {
  await using dir = await TempDir.make();
  const body = eventText("evt_1", "x".repeat(500_000));
  await Deno.writeTextFile(`${dir.path}/body.json`, `${body}\n`);
  const args = ["explain", "--header", headerOf(body), "--body", "-", ...NOW];
  const result = await runProgram(args, {
    cwd: dir.path,
    env: { PERSONA_WEBHOOK_SECRET: SECRET },
    prelude: "exec < body.json",
  });
  assertEquals(result.code, 1, result.stderr);
  const [, finding] = result.stdout.split("\n");
  assertEquals(JSON.parse(finding ?? "").code, "body-line-break");
});

Deno.test("explain shows neither secret nor payload", async () => {
  const pretty = JSON.stringify(JSON.parse(BODY), null, 2);
  for (const header of [GOOD, headerOf("a"), `t=1,v1=${SECRET}`, SECRET]) {
    for (const isTerminal of [true, false]) {
      const { io } = await explain(["--header", header, ...NOW], {
        isTerminal,
        files: { "body.json": pretty },
      });
      for (const word of [SECRET, SECRET.slice(7), ...CANARY.split(" ")]) {
        assert(!`${io.out}${io.err}`.includes(word));
      }
    }
  }
});

Deno.test("explain tells every fault at once, exit 2", async () => {
  assertEquals(await refused(["--now", "noon", "--tolerance=0", "x"]), [
    'Unexpected argument "x": explain takes no arguments. See explain --help',
    "--header is missing: --header 't=…,v1=…', or --header '' if there was none",
    "--body is missing: --body FILE, or --body - for standard input",
    "Cannot use --now as it must be Unix seconds or an ISO time with its zone: current value is noon",
    "Cannot use --tolerance as it must be a whole number of seconds from 1 to 86400: current value is 0",
  ]);
  for (const now of ["", "-1", "1e9", "2025-06-15", "2025-06-15T15:06:40"]) {
    const args = ["--header=", "--body=body.json", `--now=${now}`];
    assertEquals((await refused(args)).length, 1, now);
  }
});

Deno.test("explain needs a secret, exit 2", async () => {
  const args = ["--header", GOOD, "--body", "body.json"];
  const faults = await refused(args, { files: { "body.json": BODY } });
  assertEquals(faults.length, 1);
  assert(faults[0]!.startsWith("Cannot explain: PERSONA_WEBHOOK_SECRET"));
  assert(faults[0]!.endsWith("or give it with --secret"));
});

Deno.test("explain says which file cannot be read, exit 1", async () => {
  const { io, code } = await explain(["--header=", "--body", "none.json"]);
  assertEquals(code, 1);
  assertEquals(
    io.err,
    "Cannot read none.json: there is no such file\nCheck the path and its permissions\n",
  );
});
