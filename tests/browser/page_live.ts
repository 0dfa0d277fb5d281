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

/** Pauses the destination on its page. */
async function pauseApp(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Pause app" }).click();
  await page.getByText("paused since").waitFor();
}

/**
 * Holds back what the inbox answers to a page, however old it becomes.
 *
 * @param options `max` is how many: later ones are not held back.
 * @returns `held(count)` waits for as many answers.
 */
async function hold(
  page: Page,
  path: string | RegExp,
  { max = Infinity } = {},
): Promise<{ held: (count: number) => Promise<void>; release: () => void }> {
  const released = Promise.withResolvers<void>();
  let asked = 0;
  let count = 0;
  await page.route(path, async (route) => {
    if (++asked > max) return await route.continue();
    const response = await route.fetch();
    count++;
    await released.promise;
    await route.fulfill({ response }).catch(() => {}); // Asked for no more.
  });
  return {
    held: async (expected) => {
      for (let i = 0; count < expected; i++) {
        assert(i < 3_000, `${count} answers held in a minute`);
        await page.waitForTimeout(20);
      }
    },
    release: () => released.resolve(),
  };
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
    // Nothing changes after that, so that the click is the first to be refused.
    const dispatch = page.getByRole("article", { name: "Dispatch to app" });
    await dispatch.getByText("#1").waitFor();

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
  await inbox.logged(/"revealed"/);
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
    await pauseApp(page);
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

browserTest(
  "an event that arrives while the list is loading is listed",
  async (browser) => {
    await using inbox = await WebInbox.start();
    await using witness = await browser.open(inbox.url);
    await using page = await browser.open(`${inbox.url}/icon.svg`);
    await live(witness);
    const list = await hold(page, "**/api/events?*");
    await page.goto(inbox.url);
    await live(page);
    await list.held(2); // It loads, and loads again once it is live.
    await inbox.send({ id: "evt_1" });
    await row(witness, "evt_1").getByText("done").waitFor();
    list.release();
    await row(page, "evt_1").getByText("done").waitFor();
    assertEquals(await page.locator(".row").count(), 1);
    assertEquals(browser.faults, []);
  },
);

browserTest(
  "an attempt that ends while its event is being loaded is shown",
  async (browser) => {
    await using inbox = await WebInbox.start();
    await inbox.send({ id: "evt_0" });
    await using witness = await browser.open(`${inbox.url}/#/destinations`);
    await using page = await browser.open(inbox.url);
    await live(page);
    await row(page, "evt_0").getByText("done").waitFor();
    await pauseApp(witness);
    const dispatches = await hold(page, /limit=150/);
    await inbox.send({ id: "evt_1" });
    await dispatches.held(1);
    await witness.getByRole("button", { name: "Resume app" }).click();
    await witness.goto(`${inbox.url}/#/`);
    await row(witness, "evt_1").getByText("done").waitFor();
    dispatches.release();
    await row(page, "evt_1").getByText("done").waitFor();
    assertEquals(browser.faults, []);
  },
);

browserTest(
  "an object shows an attempt that ended while it was loading",
  async (browser) => {
    await using inbox = await WebInbox.start();
    await using witness = await browser.open(`${inbox.url}/#/destinations`);
    await using page = await browser.open(`${inbox.url}/icon.svg`);
    await pauseApp(witness);
    await inbox.send({ id: "evt_1" });
    const object = await hold(page, "**/api/objects/inq_1");
    await page.goto(`${inbox.url}/#/objects/inq_1`);
    await live(page);
    await object.held(2); // It loads, and loads again once it is live.
    await witness.getByRole("button", { name: "Resume app" }).click();
    await row(page, "evt_1").getByText("done").waitFor();
    object.release();
    const panel = page.getByRole("complementary");
    await panel.locator(".step").getByText("done").waitFor();
    assertEquals(browser.faults, []);
  },
);

browserTest(
  "an answer that is late does not take back what an event's panel shows",
  async (browser) => {
    await using inbox = await WebInbox.start();
    await using witness = await browser.open(`${inbox.url}/#/destinations`);
    await using page = await browser.open(`${inbox.url}/icon.svg`);
    await pauseApp(witness);
    await inbox.send({ id: "evt_1" });
    const event = await hold(page, "**/api/events/evt_1", { max: 1 });
    await page.goto(`${inbox.url}/#/events/evt_1`);
    await live(page);
    await event.held(1);
    const later = page.waitForResponse(async (response) =>
      response.url().endsWith("/api/events/evt_1") &&
      (await response.json()).status === "done"
    );
    await witness.getByRole("button", { name: "Resume app" }).click();
    await later;
    event.release();
    const panel = page.getByRole("complementary");
    await panel.getByText("masked").waitFor();
    await panel.getByText("#1").waitFor();
    assertEquals(browser.faults, []);
  },
);

browserTest(
  "a delivery that is rejected while the rejected ones are loading is shown",
  async (browser) => {
    await using inbox = await WebInbox.start();
    await using witness = await browser.open(`${inbox.url}/#/rejected`);
    await using page = await browser.open(`${inbox.url}/icon.svg`);
    await live(witness);
    const rejected = await hold(page, "**/api/rejected");
    await page.goto(`${inbox.url}/#/rejected`);
    await live(page);
    await rejected.held(2); // It loads, and loads again once it is live.
    await inbox.sendForged();
    await witness.locator(".card.rejected").waitFor();
    const again = page.waitForRequest("**/api/rejected");
    rejected.release();
    await again;
    await page.locator(".card.rejected").getByText("1 ×").waitFor();
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
