import axe from "npm:axe-core@4.14.1";
import { assert, assertEquals } from "@std/assert";
import { browserTest, type Page } from "./chromium.ts";
import { WebInbox } from "../support/web_inbox.ts";
import { eventually } from "../support/within.ts";

const SCREENSHOTS = new URL("screenshots/", import.meta.url);
const NAMES = [
  "inquiry.created",
  "inquiry.started",
  "verification.passed",
  "inquiry.completed",
  "inquiry.approved",
  "report/watchlist.ready",
  "account.created",
  "inquiry.marked-for-review",
];

/** Each view, and what is there once it is complete. */
const VIEWS = [
  ["list", "/", ".row .is-dead"],
  ["filtered", "/?status=dead", ".row .is-dead"],
  ["nothing", "/?name=nothing", ".no-matches"],
  ["event", "/#/events/evt_2", ".tree .chip"],
  ["object", "/#/objects/inq_1", ".timeline .gap"],
  ["missing", "/#/events/evt_missing", ".problem"],
  ["rejected", "/#/rejected", ".card.rejected"],
  ["destinations", "/#/destinations", ".card .is-bad"],
  ["audit", "/#/audit", ".audit td"],
] as const;

async function lookAt(page: Page, name: string): Promise<void> {
  const path = new URL(`${name}.png`, SCREENSHOTS).pathname;
  await page.screenshot({ path });
  await page.evaluate(axe.source);
  const found = await page.evaluate<{ id: string; nodes: string[] }[]>(
    `axe.run().then(({ violations }) => violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .map(({ id, nodes }) => ({ id, nodes: nodes.map(({ html }) => html) })))`,
  );
  assertEquals(found, [], name);
}

async function filledInbox(): Promise<WebInbox> {
  const inbox = await WebInbox.start();
  for (const [i, name] of NAMES.entries()) {
    inbox.status = i === 3 ? 500 : 200;
    const createdAt = new Date(Date.UTC(2024, 1, 15, 12, i * i)).toISOString();
    await inbox.send({ id: `evt_${i}`, name, createdAt });
    await eventually(
      60_000,
      () => inbox.receiver.received.length > i,
      () => `the dispatch of ${name}`,
    );
  }
  await inbox.sendForged();
  return inbox;
}

browserTest(
  "the page is accessible in the dark, in the light, and on a phone",
  async (browser) => {
    await Deno.mkdir(SCREENSHOTS, { recursive: true });
    await using inbox = await filledInbox();
    for (const colorScheme of ["dark", "light"] as const) {
      for (const width of [1280, 360]) {
        await using page = await browser.open(inbox.url, {
          colorScheme,
          viewport: { width, height: 800 },
          reducedMotion: "reduce",
        });
        for (const [name, path, sign] of VIEWS) {
          await page.goto("about:blank"); // Or another hash is the same page.
          await page.goto(inbox.url + path);
          await page.locator(sign).first().waitFor();
          await page.locator('#connection[data-state="live"]').waitFor();
          await page.locator(".chart").waitFor({ state: "attached" });
          await lookAt(page, `${name}-${colorScheme}-${width}`);
          assertEquals(await overflow(page), 0, `${name} at ${width}`);
        }
      }
    }
    assertEquals(browser.faults, []);
  },
);

browserTest(
  "dialogs, the token form and the empty inbox are accessible",
  async (browser) => {
    await Deno.mkdir(SCREENSHOTS, { recursive: true });
    await using inbox = await filledInbox();
    await using page = await browser.open(`${inbox.url}/#/destinations`);
    await page.getByRole("button", { name: "Replay all" }).click();
    await page.getByRole("dialog").waitFor();
    await lookAt(page, "confirmation");
    await page.keyboard.press("Escape");
    await page.keyboard.press("?");
    await page.getByRole("dialog").waitFor();
    await lookAt(page, "keys");
    await page.keyboard.press("Escape");

    await page.goto(`${inbox.url}/#/rejected`);
    await page.locator(".each > summary").click();
    await page.locator(".deliveries summary").click();
    await page.locator(".findings li").first().waitFor();
    await lookAt(page, "rejected-open");
    await page.goto(`${inbox.url}/#/objects/inq_1`);
    await page.getByText("Compare two events").click();
    await page.locator(".differences li").waitFor();
    await lookAt(page, "comparison");
    await page.goto(`${inbox.url}/#/events/evt_2`);
    await page.getByRole("button", { name: "Send to a URL…" }).click();
    await page.getByRole("dialog").waitFor();
    await lookAt(page, "send-to-url");
    await page.keyboard.press("Escape");
    await page.goto(`${inbox.url}/?until=2024-01-01T00:00Z#/`);
    await page.getByText("No events match").waitFor();
    await lookAt(page, "time-range");

    const env = { INBOX_ADMIN_TOKEN: "a-token-of-this-test" };
    await using locked = await WebInbox.start({ env });
    for (const width of [1280, 360]) {
      const viewport = { width, height: 800 };
      await using form = await browser.open(locked.url, { viewport });
      await form.getByLabel("Token").waitFor();
      await lookAt(form, `token-${width}`);
      assertEquals(await overflow(form), 0);
      await form.getByLabel("Token").fill(env.INBOX_ADMIN_TOKEN);
      await form.keyboard.press("Enter");
      await form.getByText("Waiting for the first event").waitFor();
      await lookAt(form, `empty-${width}`);
      assertEquals(await overflow(form), 0);
    }
    assertEquals(browser.faults, []);
  },
);

browserTest(
  "the page shows one thing at a time on a phone",
  async (browser) => {
    await using inbox = await filledInbox();
    const viewport = { width: 360, height: 700 };
    await using page = await browser.open(inbox.url, { viewport });
    const rows = page.locator(".row");
    await rows.nth(5).click();
    const panel = page.getByRole("complementary");
    await panel.getByText("masked").waitFor();
    assert(!await rows.first().isVisible());
    assertEquals((await panel.boundingBox())?.width, 360);
    await panel.getByRole("link", { name: "Close" }).click();
    await rows.first().waitFor();
    assert(!await panel.isVisible());
    assertEquals(browser.faults, []);
  },
);

/** How much wider than the window the page is. */
function overflow(page: Page): Promise<number> {
  return page.evaluate(
    "document.documentElement.scrollWidth - document.documentElement.clientWidth",
  );
}
