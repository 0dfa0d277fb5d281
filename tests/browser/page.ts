import { assert, assertEquals, assertMatch } from "@std/assert";
import { browserTest, type Locator, type Page } from "./chromium.ts";
import { deliveries } from "../support/deliveries.ts";
import { CANARY } from "../support/signed_delivery.ts";
import { EXACT, WebInbox } from "../support/web_inbox.ts";
import { eventually } from "../support/within.ts";

const SAMPLES = ["inquiry.created", "inquiry.approved", "account.created"];

function row(page: Page, id: string): Locator {
  return page.locator(`.row[data-id="${id}"]`);
}

function status(page: Page): Locator {
  return page.locator("#announcements");
}

async function textOf(page: Page): Promise<string> {
  return await page.locator("body").innerText();
}

/** Three events of three names, and what they are about. */
async function sendSamples(inbox: WebInbox): Promise<void> {
  for (const [i, name] of SAMPLES.entries()) {
    const objectId = name.startsWith("inquiry") ? "inq_1" : "act_1";
    const createdAt = new Date(Date.UTC(2024, 1, 15, 12, i * 3)).toISOString();
    const id = `evt_sample${i}`;
    assertEquals(await inbox.send({ id, name, objectId, createdAt }), 200);
  }
}

browserTest(
  "the page says how to send the first event, and shows it when it comes",
  async (browser) => {
    await using inbox = await WebInbox.start();
    await using page = await browser.open(inbox.url);
    await page.getByText("Waiting for the first event").waitFor();
    const { port } = inbox;
    const to = `--to http://127.0.0.1:${port}/webhook`;
    await page.getByText(`deno task inbox send inquiry.approved ${to}`)
      .waitFor();
    const text = await textOf(page);
    assert(text.includes(`port ${port} on this machine`));
    assert(!text.includes("PERSONA_WEBHOOK_SECRET"), "it has one");

    await inbox.send({ id: "evt_first" });
    await row(page, "evt_first").waitFor();
    assertEquals(await page.getByText("Waiting for the first").count(), 0);
    assertEquals(browser.faults, []);
  },
);

browserTest(
  "the page tells what is odd in the settings",
  async (browser) => {
    const env = { PERSONA_WEBHOOK_SECRET: "not-like-those-of-persona" };
    await using inbox = await WebInbox.start({ env });
    await using page = await browser.open(`${inbox.url}/#/destinations`);
    const warning = page.getByRole("list", { name: "Settings" });
    await warning.getByText("does not look like Persona's").waitFor();
    assert(!(await textOf(page)).includes("not-like-those"));
    assertEquals(browser.faults, []);
  },
);

browserTest(
  "the page lists events, and new ones as they come",
  async (browser) => {
    await using inbox = await WebInbox.start();
    await sendSamples(inbox);
    await using page = await browser.open(inbox.url);
    await row(page, "evt_sample2").waitFor();
    const ids = () =>
      page.locator(".row").evaluateAll((rows) =>
        rows.map((row) => row.getAttribute("data-id"))
      );
    assertEquals(await ids(), ["evt_sample2", "evt_sample1", "evt_sample0"]);
    await row(page, "evt_sample1").getByText("done").waitFor();
    const texts = await row(page, "evt_sample1").innerText();
    assertMatch(texts, /done\s+inquiry\.approved\s+inq_1/);

    await page.locator('#connection[data-state="live"]').waitFor();
    inbox.status = 500;
    await inbox.send({ id: "evt_new" });
    await row(page, "evt_new").getByText("dead", { exact: true }).waitFor();
    assertEquals((await ids())[0], "evt_new");
    assertEquals(browser.faults, []);
  },
);

browserTest("the page moves nothing that somebody reads", async (browser) => {
  await using inbox = await WebInbox.start({ deliveries: deliveries(120) });
  await using page = await browser.open(inbox.url);
  await page.locator('#connection[data-state="live"]').waitFor();
  const list = page.locator(".list");
  await row(page, "evt_000119").waitFor();
  await list.evaluate((list) => list.scrollTop = 700);
  const read = row(page, "evt_000095");
  const before = await read.boundingBox();
  for (const id of ["evt_a", "evt_b", "evt_c"]) await inbox.send({ id });
  const pill = page.getByRole("button", { name: "3 new" });
  await pill.waitFor();
  assertEquals(await read.boundingBox(), before);
  assertEquals(await row(page, "evt_c").count(), 0);

  await pill.click();
  await row(page, "evt_c").waitFor();
  assertEquals(await list.evaluate((list) => list.scrollTop), 0);
  assertEquals(await page.locator(".pill:visible").count(), 0);
  assertEquals(browser.faults, []);
});

browserTest("the page filters by the URL", async (browser) => {
  await using inbox = await WebInbox.start();
  await sendSamples(inbox);
  await using page = await browser.open(`${inbox.url}/?name=account.*`);
  const shown = async (...ids: string[]) => {
    const rows = page.locator(".row");
    await eventually(
      60_000,
      async () =>
        String(
          await rows.evaluateAll((rows) =>
            rows.map((row) => row.getAttribute("data-id"))
          ),
        ) === String(ids),
      () => `the rows ${ids}`,
    );
  };
  const search = page.getByRole("searchbox");
  await shown("evt_sample2");
  assertEquals(await search.inputValue(), "account.*");

  await search.fill("approved");
  await shown("evt_sample1");
  assertEquals(new URL(page.url()).search, "?name=*approved*");
  await search.fill("inq_1");
  await shown("evt_sample1", "evt_sample0");
  assertEquals(new URL(page.url()).search, "?object=inq_1");

  await page.getByRole("radio", { name: "dead" }).check();
  await page.getByText("No events match").waitFor();
  assertEquals(new URL(page.url()).search, "?object=inq_1&status=dead");
  await page.goBack();
  await shown("evt_sample1", "evt_sample0");
  assert(await page.getByRole("radio", { name: "all" }).isChecked());
  await page.goForward();
  await page.getByText("List all events").click();
  await shown("evt_sample2", "evt_sample1", "evt_sample0");
  assertEquals(await search.inputValue(), "");

  await page.getByLabel("Received since").selectOption("1h");
  await shown("evt_sample2", "evt_sample1", "evt_sample0");
  assertEquals(new URL(page.url()).search, "?since=1h");
  await search.fill("what-is-not-there");
  await page.getByText("No events match").waitFor();
  await inbox.send({ id: "evt_other" });
  await inbox.send({ id: "evt_hit", name: "x.what-is-not-there-yet" });
  await shown("evt_hit");
  assertEquals(browser.faults, []);
});

browserTest("the page says what is wrong with a filter", async (browser) => {
  await using inbox = await WebInbox.start();
  await sendSamples(inbox);
  await using page = await browser.open(`${inbox.url}/?name=nothing`);
  await page.getByText("No events match").waitFor();
  await page.goto(`${inbox.url}/?since=yesterday`);
  await page.getByText(/must be like/).waitFor();
  assertEquals(await page.locator(".row").count(), 0);
  await page.getByText("List all events").click();
  await row(page, "evt_sample2").waitFor();
  assertEquals(await page.getByText(/must be like/).count(), 0);
  assertEquals(browser.faults, []);
});

browserTest(
  "the page masks a payload until it is asked for this one",
  async (browser) => {
    await using inbox = await WebInbox.start();
    await sendSamples(inbox);
    await using page = await browser.open(inbox.url);
    await row(page, "evt_sample1").click();
    const panel = page.getByRole("complementary");
    await panel.getByText("masked").waitFor();
    assertMatch(await panel.innerText(), /note: string \d+\s+score: number/);
    assert(!(await page.content()).includes(CANARY));
    assert(!inbox.log.includes("revealed"));

    await panel.getByRole("button", { name: "Reveal" }).click();
    await panel.getByText(`"${CANARY}"`).waitFor();
    await panel.getByText(EXACT, { exact: true }).waitFor();
    await inbox.logged(/"revealed".*evt_sample1/);
    const left = await page.evaluate<string>(
      "JSON.stringify([location.href, document.title, history.state, { ...sessionStorage }, { ...localStorage }])",
    );
    assert(!left.includes("Canary"));

    await panel.getByRole("button", { name: "Mask" }).click();
    await panel.getByText("masked").waitFor();
    assert(!(await page.content()).includes(CANARY));
    await panel.getByRole("button", { name: "Reveal" }).click();
    await panel.getByText(`"${CANARY}"`).waitFor();
    await row(page, "evt_sample0").click();
    await panel.getByText("evt_sample0", { exact: true }).first().waitFor();
    await panel.getByText("masked").waitFor();
    assertEquals(browser.faults, []);
  },
);

browserTest("the page copies what it shows", async (browser) => {
  await using inbox = await WebInbox.start();
  await sendSamples(inbox);
  await using page = await browser.open(`${inbox.url}/#/events/evt_sample1`, {
    permissions: ["clipboard-read", "clipboard-write"],
  });
  const copied = () => page.evaluate("navigator.clipboard.readText()");
  await page.getByRole("button", { name: "Copy ID" }).click();
  await status(page).getByText("Copied").waitFor();
  assertEquals(await copied(), "evt_sample1");
  await page.getByRole("button", { name: "Reveal" }).click();
  await page.getByText(EXACT).waitFor();
  await page.getByRole("button", { name: "Copy JSON" }).click();
  await status(page).getByText("as received").waitFor();
  await inbox.dispatched(3);
  const bodies = inbox.receiver.received.map(({ body }) =>
    new TextDecoder().decode(body)
  );
  assert(bodies.includes(String(await copied())));
  assertEquals(browser.faults, []);
});

browserTest(
  "the page replays what is not done at once, and sends again only when that is confirmed",
  async (browser) => {
    await using inbox = await WebInbox.start();
    inbox.status = 500;
    await inbox.send({ id: "evt_1" });
    await using page = await browser.open(`${inbox.url}/#/events/evt_1`);
    const dispatch = page.getByRole("article", { name: "Dispatch to app" });
    await dispatch.getByText("status 500").waitFor();
    inbox.status = 200;
    const replay = page.getByRole("button", { name: "Replay", exact: true });
    await replay.click();
    await status(page).getByText("Replaying 1 event to 1 destination")
      .waitFor();
    await dispatch.getByText("#2").waitFor();
    await dispatch.getByText("ok 200").waitFor();
    assert(await replay.isDisabled(), "it is done");

    const dialog = page.getByRole("dialog", { name: "Send this event again?" });
    await page.getByRole("button", { name: "Send again…", exact: true })
      .click();
    await dialog.getByText("app", { exact: true }).waitFor();
    await dialog.getByRole("button", { name: "Cancel" }).click();
    assertEquals(inbox.receiver.received.length, 2);
    await dispatch.getByRole("button", { name: "Send again to app…" }).click();
    await dialog.getByRole("button", { name: "Send again" }).click();
    await status(page).getByText("Replaying 1 event to app").waitFor();
    await dispatch.getByText("#3").waitFor();
    assertEquals(inbox.receiver.received.length, 3);
    assertEquals(browser.faults, []);
  },
);

browserTest("the page shows the timeline of an object", async (browser) => {
  await using inbox = await WebInbox.start();
  await sendSamples(inbox);
  await using page = await browser.open(`${inbox.url}/#/events/evt_sample1`);
  const panel = page.getByRole("complementary");
  await panel.getByRole("link", { name: "inq_1" }).click();
  assertEquals(new URL(page.url()).hash, "#/objects/inq_1");
  const steps = panel.locator(".timeline li");
  await steps.nth(2).waitFor();
  const texts = await steps.allInnerTexts();
  assertMatch(texts[0] ?? "", /^inquiry\.created/);
  assertEquals(texts[1], "+3 min");
  assertMatch(texts[2] ?? "", /^inquiry\.approved/);
  assertEquals(await panel.locator(".title .tag").innerText(), "approved");

  const createdAt = new Date(Date.UTC(2024, 1, 15, 12, 1)).toISOString();
  await inbox.send({ id: "evt_late", name: "inquiry.started", createdAt });
  await panel.getByText("arrived late").waitFor();
  await steps.filter({ hasText: "inquiry.started" }).getByRole("link").click();
  await panel.getByText("evt_late", { exact: true }).first().waitFor();
  await page.goBack();
  await panel.getByText("arrived late").waitFor();
  assertEquals(browser.faults, []);
});

browserTest(
  "the page shows rejected deliveries, and new ones as they come",
  async (browser) => {
    await using inbox = await WebInbox.start();
    assertEquals(await inbox.sendForged(), 401);
    await using page = await browser.open(`${inbox.url}/#/rejected`);
    const cards = page.locator(".card.rejected");
    await cards.first().waitFor();
    await cards.getByText("Show the delivery").click();
    const text = await cards.first().innerText();
    for (
      const part of [
        /401/,
        /1 ×/,
        /2 bytes/,
        /127\.0\.0\.1/,
        /1 set, 1 timestamp, 1 MAC/,
        /behind this clock/,
      ]
    ) {
      assertMatch(text, part);
    }
    await page.locator('#connection[data-state="live"]').waitFor();
    await inbox.sendForged();
    await cards.getByText("2 ×").waitFor();
    await page.getByRole("link", { name: "Rejected 2" }).waitFor();
    assertEquals(browser.faults, []);
  },
);

browserTest(
  "the page replays all dead letters of a destination, when told to",
  async (browser) => {
    await using inbox = await WebInbox.start();
    inbox.status = 500;
    await sendSamples(inbox);
    await using page = await browser.open(`${inbox.url}/#/destinations`);
    const card = page.locator(".card", { hasText: "app" });
    await page.getByRole("link", { name: "Destinations 3" }).waitFor();
    inbox.status = 200;
    const replayAll = card.getByRole("button", { name: "Replay all" });
    await replayAll.click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("Replay 3 dead letters of app?").waitFor();
    await dialog.getByRole("button", { name: "Cancel" }).click();
    assertEquals(inbox.receiver.received.length, 3);

    await replayAll.click();
    await dialog.getByRole("button", { name: "Replay 3" }).click();
    await status(page).getByText("Replaying 3 events to app").waitFor();
    await card.getByText("healthy").waitFor();
    await inbox.dispatched(6);
    assertEquals(browser.faults, []);
  },
);

browserTest(
  "the page asks for the token, and keeps it to itself",
  async (browser) => {
    const token = "a-token-of-this-test";
    await using inbox = await WebInbox.start({
      env: { INBOX_ADMIN_TOKEN: token },
    });
    await sendSamples(inbox);
    await using page = await browser.open(`${inbox.url}/#/events/evt_sample1`);
    const input = page.getByLabel("Token");
    await input.fill("not-that-one");
    await page.getByRole("button", { name: "Open the inbox" }).click();
    await page.getByText("That token was refused").waitFor();
    await input.fill(token);
    await page.keyboard.press("Enter");
    await row(page, "evt_sample1").waitFor();
    await page.getByRole("complementary").getByText("masked").waitFor();
    await page.locator('#connection[data-state="live"]').waitFor();
    assert(!page.url().includes(token));
    await page.reload();
    await row(page, "evt_sample1").waitFor();
    assertEquals(browser.faults, []);
  },
);

browserTest("the page goes on when the inbox was away", async (browser) => {
  await using inbox = await WebInbox.start();
  await sendSamples(inbox);
  await using page = await browser.open(inbox.url);
  const state = (name: string) =>
    page.locator(`#connection[data-state="${name}"]`).waitFor();
  await state("live");
  await inbox.stop();
  await state("reconnecting");
  await inbox.restart();
  await inbox.send({ id: "evt_after" });
  await state("live");
  await row(page, "evt_after").waitFor();
  assertEquals(browser.faults.filter((fault) => !/fetch/.test(fault)), []);
});
