import { assert, assertEquals, assertMatch } from "@std/assert";
import { browserTest, type Page } from "./chromium.ts";
import { deliveries } from "../support/deliveries.ts";
import { WebInbox } from "../support/web_inbox.ts";

/** The id of the event whose row has the focus. */
function focused(page: Page): Promise<string | null> {
  return page.locator(":focus").getAttribute("data-id");
}

async function press(page: Page, ...keys: string[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key);
}

browserTest("the page works by the keys alone", async (browser) => {
  await using inbox = await WebInbox.start();
  for (const id of ["evt_1", "evt_2", "evt_3"]) await inbox.send({ id });
  await inbox.dispatched(3);
  await using page = await browser.open(inbox.url);
  await page.locator('#connection[data-state="live"]').waitFor();
  await page.locator(".row").nth(2).waitFor();
  const panel = page.getByRole("complementary");
  const title = panel.getByRole("heading", { level: 2 });

  await press(page, "j");
  assertEquals(await focused(page), "evt_3");
  await press(page, "j", "ArrowDown", "j");
  assertEquals(await focused(page), "evt_1", "it ends at the end");
  await press(page, "k");
  assertEquals(await focused(page), "evt_2");

  await press(page, "Enter");
  await panel.getByText("evt_2", { exact: true }).first().waitFor();
  assert(await title.evaluate((title) => title.matches(":focus")));
  await press(page, "j");
  await panel.getByText("evt_1", { exact: true }).first().waitFor();
  await press(page, ..."replay");
  assertEquals(inbox.receiver.received.length, 3, "no key replays");
  await press(page, "Escape");
  await panel.waitFor({ state: "hidden" });
  assertEquals(await focused(page), "evt_1");
  assertEquals(new URL(page.url()).hash, "#/");

  await press(page, "/", ..."evt_3", "Enter");
  await panel.getByText("evt_3", { exact: true }).first().waitFor();
  await press(page, "Escape");
  await press(page, "/");
  assert(
    await page.getByRole("searchbox").evaluate((box) => box.matches(":focus")),
  );
  await press(page, "j", "Escape");
  assertMatch(await page.getByRole("searchbox").inputValue(), /j$/, "it types");

  await press(page, "?");
  const help = page.getByRole("dialog", { name: "Keyboard shortcuts" });
  await help.getByText("open the event").waitFor();
  await press(page, "j", "Escape");
  await help.waitFor({ state: "hidden" });
  assertEquals(browser.faults, []);
});

browserTest(
  "the tabulator leads to each part of the page, and to one row",
  async (browser) => {
    await using inbox = await WebInbox.start({ deliveries: deliveries(40) });
    await using page = await browser.open(inbox.url);
    await page.locator(".row").nth(20).waitFor();
    await page.locator('#connection[data-state="live"]').waitFor();
    const stops: string[] = [];
    for (let i = 0; i < 15; i++) {
      await press(page, "Tab");
      const stop = page.locator(":focus");
      if (await stop.count() === 0) break;
      stops.push(await stop.getAttribute("class") ?? await stop.innerText());
    }
    assertEquals(stops.filter((stop) => stop === "row").length, 1);
    assert(stops.includes("brand"));
  },
);

browserTest(
  "the page holds new events back while somebody goes through the rows",
  async (browser) => {
    await using inbox = await WebInbox.start();
    await inbox.send({ id: "evt_1" });
    await inbox.send({ id: "evt_2" });
    await using page = await browser.open(inbox.url);
    await page.locator(".row").nth(1).waitFor();
    await page.locator('#connection[data-state="live"]').waitFor();
    await press(page, "j", "j");
    await inbox.send({ id: "evt_3" });
    await page.getByRole("button", { name: "1 new" }).waitFor();
    assertEquals(await focused(page), "evt_1");
    await press(page, "k", "/");
    await page.locator('.row[data-id="evt_3"]').waitFor();
    assertEquals(browser.faults, []);
  },
);
