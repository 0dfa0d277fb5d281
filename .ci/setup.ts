/**
 * Makes `@std` available before any other task: from JSR, and where that is
 * out of reach from npm (see `vendor.ts`). Says nothing and does nothing when
 * `vendor/` already holds the versions that `deno.json` pins.
 *
 * @module
 */
// deno-lint-ignore-file no-console

const root = new URL("../", import.meta.url);
const stampFile = new URL("vendor/.persona-inbox-setup.json", root);

/** Where `vendor/` came from, and for which pins: it is stale for others. */
interface Stamp {
  source: "jsr" | "npm";
  pins: Record<string, string>;
  /** Changes when our stand-ins do; they don't matter to what JSR gave. */
  facades?: string;
}

const pins = await readPins();
const facades = await hashFacades();
const stamp = await readStamp();
if (!await isCurrent(stamp)) await fill();

async function readPins(): Promise<Record<string, string>> {
  const config = await Deno.readTextFile(new URL("deno.json", root));
  const pins: Record<string, string> = {};
  for (const [name, specifier] of Object.entries(JSON.parse(config).imports)) {
    const version = String(specifier).match(/^jsr:@std\/[\w-]+@([\d.]+)$/)?.[1];
    if (version !== undefined) pins[name] = version;
  }
  return pins;
}

async function readStamp(): Promise<Stamp | undefined> {
  try {
    return JSON.parse(await Deno.readTextFile(stampFile));
  } catch {
    return undefined; // never set up, or not by us: set up again
  }
}

async function isCurrent(stamp: Stamp | undefined): Promise<boolean> {
  if (JSON.stringify(stamp?.pins) !== JSON.stringify(pins)) return false;
  if (stamp?.source === "jsr") return true; // Deno itself restores what is missing
  return stamp?.facades === facades && await isFilled();
}

async function isFilled(): Promise<boolean> {
  try {
    for (const [name, version] of Object.entries(pins)) {
      const meta = `vendor/jsr.io/${name}/${version}_meta.json`;
      await Deno.stat(new URL(meta, root));
    }
    return true;
  } catch {
    return false;
  }
}

async function fill(): Promise<void> {
  // Loaded only now, so that the usual case stays fast.
  const { deno, fillFromNpm, specifiers } = await import("./vendor.ts");
  // Stand-ins left in place would hide from Deno what JSR has.
  if (stamp?.source === "npm") await removeVendor();
  const entrypoints = specifiers(pins);
  const jsr = await deno(root, "install", "--entrypoint", ...entrypoints);
  if (jsr.success) return await writeStamp({ source: "jsr", pins });

  const reason = jsr.said.match(/^error: .*/m)?.[0] ??
    jsr.said.split("\n").at(-1);
  console.error(`@std comes from npm, as JSR gave none: ${reason}`);
  await removeVendor();
  const npm = await fillFromNpm(root, pins);
  if (npm.success) return await writeStamp({ source: "npm", pins, facades });

  console.error(
    `Cannot fetch @std as JSR or npm must be reachable: JSR said\n\n${jsr.said}\n\nand npm said\n\n${npm.said}`,
  );
  Deno.exitCode = 1;
}

async function removeVendor(): Promise<void> {
  try {
    await Deno.remove(new URL("vendor/", root), { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

async function writeStamp(stamp: Stamp): Promise<void> {
  await Deno.mkdir(new URL("vendor/", root), { recursive: true });
  await Deno.writeTextFile(stampFile, JSON.stringify(stamp));
}

async function hashFacades(): Promise<string> {
  const texts = [await Deno.readTextFile(new URL(".ci/vendor.ts", root))];
  const folder = new URL(".ci/facades/", root);
  const entries = await Array.fromAsync(Deno.readDir(folder));
  for (const name of entries.map((entry) => entry.name).sort()) {
    texts.push(await Deno.readTextFile(new URL(name, folder)));
  }
  const bytes = new TextEncoder().encode(texts.join("\0"));
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16)).join();
}
