/**
 * A real browser for the tests of the page.
 *
 * @module
 */

import type {
  Browser,
  BrowserContextOptions,
  Page,
} from "npm:playwright-core@1.65.1";

export type { Locator, Page } from "npm:playwright-core@1.65.1";

const PLACES = [
  Deno.env.get("CHROMIUM_PATH"),
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

const ARGS = [
  "--no-sandbox",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const CHROMIUM_PATH = PLACES.find((path) => path && isThere(path));

/** Only `-A` gives this; the driver looks at what nothing less allows. */
const HAS_ALL = Deno.permissions.querySync({ name: "ffi" }).state === "granted";

/** Why there can be no browser; undefined when there can. */
const WHY_NONE = CHROMIUM_PATH === undefined
  ? "no Chromium here; install it or set CHROMIUM_PATH"
  : HAS_ALL
  ? undefined
  : "its driver needs deno test -A";

/** A browser with one inbox open, and an eye on what it does. */
export class TestBrowser implements AsyncDisposable {
  /** What no page may do: say something on the console, ask others for something. */
  readonly faults: string[] = [];
  readonly #browser: Browser;

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  static async launch(): Promise<TestBrowser> {
    // Only here, as without all permissions it cannot even be loaded.
    const { chromium } = await import("npm:playwright-core@1.65.1");
    const executablePath = CHROMIUM_PATH ?? "";
    return new TestBrowser(
      await chromium.launch({ executablePath, args: ARGS }),
    );
  }

  /**
   * Opens a page in a window of its own.
   *
   * @param url The page.
   * @param options What the window is like.
   * @returns The page; it is gone at the end of its scope.
   */
  async open(
    url: string,
    options: BrowserContextOptions = {},
  ): Promise<Page & AsyncDisposable> {
    const context = await this.#browser.newContext({
      viewport: { width: 1280, height: 800 },
      ...options,
    });
    const page = await context.newPage();
    page.setDefaultTimeout(60_000); // Nothing waits for its end.
    page.on("pageerror", ({ message }) => this.faults.push(message));
    page.on("console", (message) => {
      // The browser itself tells of every answer that is an error.
      const isAnswer = message.text().startsWith("Failed to load resource");
      if (!isAnswer) this.faults.push(message.text());
    });
    page.on("request", (request) => {
      const isOwn = request.url().startsWith(new URL(url).origin);
      if (!isOwn) this.faults.push(`asked for ${request.url()}`);
    });
    await page.goto(url);
    return Object.assign(page, {
      [Symbol.asyncDispose]: () => context.close(),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
  }
}

/**
 * Registers a test that needs a browser.
 *
 * @param name What it shows.
 * @param run The test.
 */
export function browserTest(
  name: string,
  run: (browser: TestBrowser, context: Deno.TestContext) => Promise<void>,
): void {
  Deno.test({
    name: WHY_NONE === undefined ? name : `${name} (skipped: ${WHY_NONE})`,
    ignore: WHY_NONE !== undefined,
    // The driver of the browser keeps some for later.
    sanitizeOps: false,
    sanitizeResources: false,
    async fn(context) {
      await using browser = await TestBrowser.launch();
      await run(browser, context);
    },
  });
}

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
