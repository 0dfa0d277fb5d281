import { assert, assertEquals } from "@std/assert";
import { browserTest, type Page } from "./chromium.ts";
import { WebInbox } from "../support/web_inbox.ts";
import { eventually } from "../support/within.ts";

/** Waits for these rows, and no others. */
async function shown(page: Page, ...ids: string[]): Promise<void> {
  const rows = page.locator(".row");
  const shown = async () =>
    String(
      await rows.evaluateAll((rows) =>
        rows.map((row) => row.getAttribute("data-id"))
      ),
    ) === String(ids);
  await eventually(60_000, shown, () => `the rows ${ids}`);
}

browserTest("the page filters by destination", async (browser) => {
  await using inbox = await WebInbox.start({
    destinations: [{ name: "mail", events: ["account.*"] }],
  });
  await inbox.send({ id: "evt_1" });
  await inbox.send({ id: "evt_2", name: "account.created" });
  await using page = await browser.open(inbox.url);
  await shown(page, "evt_2", "evt_1");
  const choice = page.getByLabel("Destination", { exact: true });
  await choice.selectOption("mail");
  await shown(page, "evt_2");
  assertEquals(new URL(page.url()).search, "?destination=mail");
  await page.locator('#connection[data-state="live"]').waitFor();
  await inbox.send({ id: "evt_3" });
  await inbox.send({ id: "evt_4", name: "account.created" });
  await shown(page, "evt_4", "evt_2");
  await choice.selectOption("");
  await shown(page, "evt_4", "evt_3", "evt_2", "evt_1");
  assertEquals(browser.faults, []);
});

browserTest("the page filters by time, from and to", async (browser) => {
  await using inbox = await WebInbox.start();
  await inbox.send({ id: "evt_1" });
  await using page = await browser.open(inbox.url);
  await shown(page, "evt_1");
  const from = page.getByLabel("from", { exact: true });
  const to = page.getByLabel("to", { exact: true });
  assert(!await from.isVisible());
  await page.getByLabel("Received since").selectOption("from … to …");
  await from.fill("2024-02-15T12:00");
  await shown(page, "evt_1");
  await to.fill("2024-02-15T13:30");
  await page.getByText("No events match").waitFor();
  const query = "?since=2024-02-15T12%3A00Z&until=2024-02-15T13%3A30Z";
  assertEquals(new URL(page.url()).search, query);

  await page.reload();
  await page.getByText("No events match").waitFor();
  assertEquals(await from.inputValue(), "2024-02-15T12:00");
  await to.fill("2999-01-01T00:00");
  await shown(page, "evt_1");
  await page.getByLabel("Received since").selectOption("last hour");
  await from.waitFor({ state: "hidden" });
  assertEquals(new URL(page.url()).search, "?since=1h");
  assertEquals(browser.faults, []);
});

browserTest(
  "the list counts destinations that have no room in it",
  async (browser) => {
    const names = Array.from({ length: 8 }, (_, i) => `destination-${i}`);
    await using inbox = await WebInbox.start({
      destinations: names.map((name) => ({ name, events: ["account.*"] })),
    });
    await inbox.send({ id: "evt_1", name: "account.created" });
    await using page = await browser.open(inbox.url);
    const destinations = page.locator('.row[data-id="evt_1"] .destinations');
    await destinations.getByText("9 done", { exact: true }).waitFor();
    const overflow = await page.locator(".list").evaluate((list) =>
      list.scrollWidth - list.clientWidth
    );
    assertEquals(overflow, 0);
    assertEquals(browser.faults, []);
  },
);
