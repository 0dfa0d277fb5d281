import { assert, assertEquals, assertMatch } from "@std/assert";
import { browserTest, type Locator, type Page } from "./chromium.ts";
import { deliver } from "../support/deliver.ts";
import { WebInbox } from "../support/web_inbox.ts";
import { CANARY } from "../support/signed_delivery.ts";

const TOKEN = "a-token-of-this-test";
const LOCKED = { env: { INBOX_ADMIN_TOKEN: TOKEN } };

function row(page: Page, id: string): Locator {
  return page.locator(`.row[data-id="${id}"]`);
}

async function live(page: Page): Promise<void> {
  await page.locator('#connection[data-state="live"]').waitFor();
}

async function hasFocus(element: Locator): Promise<boolean> {
  await element.waitFor();
  return await element.evaluate((one) => one.matches(":focus"));
}

/** Has the inbox answer something else to some requests of the page. */
async function answer(page: Page, path: string, status: number): Promise<void> {
  const body = JSON.stringify({ success: false, message: "Not today" });
  await page.route(path, (route) => route.fulfill({ status, body }));
}

browserTest("the form for the token has the focus", async (browser) => {
  await using inbox = await WebInbox.start(LOCKED);
  await using page = await browser.open(inbox.url);
  const field = page.getByLabel("Token");
  assert(await hasFocus(field));
  assertEquals(await page.locator("#connection").innerText(), "");

  await page.keyboard.type("not-that-one");
  await page.keyboard.press("Enter");
  await page.getByText("That token was refused").waitFor();
  assert(await hasFocus(field), "after a refusal");

  await field.fill(`“${TOKEN}”`);
  await page.keyboard.press("Enter");
  await page.getByText("That token was refused").waitFor();
  assert(await hasFocus(field), "after one that cannot be sent");
  await page.reload();
  assertEquals(await page.getByText("Cannot reach").count(), 0);
  await field.fill(TOKEN);
  await page.keyboard.press("Enter");
  await page.getByText("Waiting for the first event").waitFor();
  assertEquals(browser.faults, []);
});

browserTest(
  "the page takes away what is revealed when its token is refused",
  async (browser) => {
    await using inbox = await WebInbox.start(LOCKED);
    await inbox.send({ id: "evt_1" });
    await using page = await browser.open(`${inbox.url}/#/events/evt_1`);
    const field = page.getByLabel("Token");
    await field.fill(TOKEN);
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Reveal" }).click();
    await page.getByText(`"${CANARY}"`).waitFor();

    await answer(page, "**/api/**", 401);
    await page.getByRole("button", { name: "Send again to app…" }).click();
    assert(await hasFocus(field), "in the middle of it all");
    assert(!(await page.content()).includes(CANARY));
    assertEquals(await page.locator("#connection").innerText(), "");

    await page.unroute("**/api/**");
    await field.fill(TOKEN);
    await page.keyboard.press("Enter");
    await page.getByText("masked").waitFor();
    assert(!(await page.content()).includes(CANARY));
    assertEquals(browser.faults, []);
  },
);

browserTest("the page asks for what is revealed once", async (browser) => {
  await using inbox = await WebInbox.start();
  await inbox.send({ id: "evt_1" });
  await using page = await browser.open(`${inbox.url}/#/events/evt_1`);
  await page.getByRole("button", { name: "Reveal" }).click();
  await page.getByText(`"${CANARY}"`).waitFor();
  const dispatch = page.getByRole("article", { name: "Dispatch to app" });
  await dispatch.getByText("#1").waitFor();
  await page.getByRole("button", { name: "Send again to app…" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Send again" })
    .click();
  await dispatch.getByText("#2").waitFor();
  assert(await page.getByText(`"${CANARY}"`).isVisible());
  assertEquals(inbox.log.match(/"revealed"/g)?.length, 1);
  assertEquals(browser.faults, []);
});

browserTest("the page counts duplicates as they come", async (browser) => {
  await using inbox = await WebInbox.start();
  for (const id of ["evt_1", "evt_2"]) await inbox.send({ id });
  await using page = await browser.open(`${inbox.url}/#/events/evt_1`);
  await live(page);
  const panel = page.getByRole("complementary");
  await panel.getByText("Duplicates").waitFor();
  assertEquals(await page.getByText(/duplicates?$/).count(), 0);
  await inbox.send({ id: "evt_1" });
  await row(page, "evt_1").getByText("1 duplicate").waitFor();
  await panel.getByText("1 duplicate").waitFor();
  await inbox.send({ id: "evt_1" });
  await row(page, "evt_1").getByText("2 duplicates").waitFor();
  await panel.getByText("2 duplicates").waitFor();
  assertEquals(await page.locator(".row").count(), 2);
  assertEquals(await page.locator(".pill:visible").count(), 0);
  assertEquals(browser.faults, []);
});

browserTest("the page keeps to a status as it changes", async (browser) => {
  await using inbox = await WebInbox.start();
  await inbox.send({ id: "evt_old" });
  await using page = await browser.open(inbox.url);
  await row(page, "evt_old").getByText("done", { exact: true }).waitFor();
  inbox.status = 500;
  await page.goto(`${inbox.url}/?status=dead`);
  await page.getByText("No events match").waitFor();
  await live(page);
  await inbox.send({ id: "evt_1" });
  await row(page, "evt_1").waitFor();
  await inbox.send({ id: "evt_2" });
  await row(page, "evt_2").waitFor();

  const replay = async (id: string) => {
    const response = await fetch(`${inbox.url}/api/events/${id}/replay`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"again":true}',
    });
    assertEquals(response.status, 202);
    await response.body?.cancel();
  };
  inbox.status = 200;
  await replay("evt_2");
  await page.locator('.row.is-unmatched[data-id="evt_2"]').waitFor();
  assertMatch(await row(page, "evt_2").innerText(), /done/);
  inbox.status = 500;
  await replay("evt_old");
  await row(page, "evt_old").waitFor();
  await replay("evt_2");
  await page.locator('.row:not(.is-unmatched)[data-id="evt_2"]').waitFor();
  assertEquals(browser.faults, []);
});

browserTest(
  "the page says since when it counts, and what it counts",
  async (browser) => {
    await using inbox = await WebInbox.start();
    await inbox.send({ id: "evt_1" });
    await inbox.sendForged();
    await using page = await browser.open(inbox.url);
    await page.getByText(/^Since \d\d:\d\d UTC$/).waitFor();
    const link = { name: "Rejected 1 rejected in the last hour" };
    await page.getByRole("link", link).waitFor();
    await page.getByText("peak 1/min").waitFor();
    assertEquals(browser.faults, []);
  },
);

browserTest(
  "the page says when its figures are not of now",
  async (browser) => {
    await using inbox = await WebInbox.start();
    await inbox.send({ id: "evt_1" });
    await using page = await browser.open(`${inbox.url}/icon.svg`);
    await answer(page, "**/api/stats", 500);
    await page.goto(`${inbox.url}/#/destinations`);
    await page.getByText("Not today").waitFor();
    assertEquals(await page.getByText("healthy").count(), 0);

    await page.unroute("**/api/stats");
    await page.reload();
    await page.getByText("healthy").waitFor();
    await live(page);
    await inbox.stop();
    await page.getByText(/Cannot reach .* Last updated:/).waitFor();
    assert(await page.locator("#shell.is-stale").isVisible());
    await inbox.restart();
    await page.locator("#shell:not(.is-stale)").waitFor();
    assertEquals(await page.getByText("Last updated:").count(), 0);
    assertEquals(browser.faults.filter((fault) => !/fetch/.test(fault)), []);
  },
);

browserTest(
  "the page says that a destination is down, and that nothing is lost",
  async (browser) => {
    await using inbox = await WebInbox.start();
    await inbox.send({ id: "evt_1" });
    await using page = await browser.open(`${inbox.url}/icon.svg`, {
      viewport: { width: 360, height: 800 },
    });
    await page.route("**/api/stats", async (route) => {
      const response = await route.fetch();
      const stats = await response.json();
      const pausedUntil = new Date(Date.now() + 60_000).toISOString();
      stats.destinations[0].pausedUntil = pausedUntil;
      stats.dead = 1_234;
      await route.fulfill({ response, json: stats });
    });
    await page.route("**/api/events/evt_1", async (route) => {
      const response = await route.fetch();
      const event = await response.json();
      const dueAt = new Date().toISOString();
      Object.assign(event.dispatches[0], { status: "pending", dueAt });
      await route.fulfill({ response, json: event });
    });
    await page.goto(`${inbox.url}/#/events/evt_1`);
    const dispatch = page.getByRole("article", { name: "Dispatch to app" });
    await dispatch.getByText(/app is down.*probed in \d+ s.*Nothing is lost/)
      .waitFor();
    assertEquals(await dispatch.getByText("next attempt").count(), 0);
    const link = { name: "1,234 dead letters 1 destination is down" };
    await page.getByRole("link", link).waitFor();
    const width = "document.documentElement.scrollWidth";
    assertEquals(await page.evaluate(width), 360);
    assertEquals(browser.faults, []);
  },
);

browserTest(
  "the page pauses a destination and resumes it",
  async (browser) => {
    await using inbox = await WebInbox.start();
    await using page = await browser.open(`${inbox.url}/#/destinations`);
    await page.getByRole("button", { name: "Pause app" }).click();
    await page.getByText("paused since").waitFor();
    await inbox.send({ id: "evt_1" });
    await page.goto(`${inbox.url}/#/events/evt_1`);
    const dispatch = page.getByRole("article", { name: "Dispatch to app" });
    await dispatch.getByText("app is paused").waitFor();
    await page.goto(`${inbox.url}/#/destinations`);
    const card = page.locator(".card", { hasText: "app" });
    await card.getByText("Oldest waiting").waitFor();
    await card.getByText(/Last success\s*none since/).waitFor();
    await page.getByRole("button", { name: "Resume app" }).click();
    await card.getByText("100 %").waitFor();
    assertEquals(await card.getByText("Oldest waiting").count(), 0);
    const failure = card.getByText(/Last failure\s*none since/);
    assert(await failure.isVisible());
    await page.getByRole("button", { name: "Pause app" }).waitFor();
    assertEquals(await page.getByText("paused since").count(), 0);
    assertEquals(browser.faults, []);
  },
);

browserTest(
  "the page says that it is loading, but only when it takes a moment",
  async (browser) => {
    await using inbox = await WebInbox.start();
    await inbox.send({ id: "evt_1" });
    await using page = await browser.open(`${inbox.url}/icon.svg`);
    const held = Promise.withResolvers<void>();
    await page.route("**/api/events**", async (route) => {
      await held.promise;
      await route.continue();
    });
    await page.route("**/api/events/evt_1", async (route) => {
      await held.promise;
      await route.continue();
    });
    await page.goto(`${inbox.url}/#/events/evt_1`);
    const panel = page.getByRole("complementary");
    await panel.getByText("Loading…").waitFor();
    await page.locator(".more").getByText("Loading…").waitFor();
    held.resolve();
    await panel.getByText("masked").waitFor();
    await row(page, "evt_1").waitFor();
    assertEquals(await page.getByText("Loading…").count(), 0);
    assertEquals(await page.title(), "Event evt_1 · persona-inbox");
    assertEquals(browser.faults, []);
  },
);

browserTest("the page hides no character", async (browser) => {
  await using inbox = await WebInbox.start();
  await inbox.send({ id: "evt_1", name: "inquiry.\\u202edevorppa" });
  await using page = await browser.open(`${inbox.url}/#/events/evt_1`);
  await page.getByRole("heading", { name: "inquiry.\\u202edevorppa" })
    .waitFor();
  assert(!(await page.locator("body").innerText()).includes("\u202e"));
  assertEquals(browser.faults, []);
});

browserTest(
  "the page says why what is unrecognized goes nowhere",
  async (browser) => {
    await using inbox = await WebInbox.start();
    await deliver(`http://127.0.0.1:${inbox.port}`, '{"hello":"there"}');
    await using page = await browser.open(inbox.url);
    await page.locator(".row").click();
    await page.getByText(/Never dispatched: it is not in the form/)
      .waitFor();
    assertEquals(browser.faults, []);
  },
);

browserTest("the page moves nothing for whoever asks so", async (browser) => {
  await using inbox = await WebInbox.start();
  await inbox.send({ id: "evt_1" });
  await using page = await browser.open(inbox.url, { reducedMotion: "reduce" });
  await live(page);
  await row(page, "evt_1").waitFor(); // What comes before the list does is not new.
  await inbox.send({ id: "evt_2" });
  await page.locator(".is-new .row").waitFor();
  await inbox.stop();
  await page.locator('#connection[data-state="reconnecting"]').waitFor();
  const animated = await page.evaluate<number>(
    "document.getAnimations().length",
  );
  assertEquals(animated, 0);
  const names = await page.evaluate<string[]>(
    `[[".is-new .row", ""], ["#connection", "::before"]].map(([place, part]) =>
      getComputedStyle(document.querySelector(place), part).animationName)`,
  );
  assertEquals(names, ["none", "none"]);
});
