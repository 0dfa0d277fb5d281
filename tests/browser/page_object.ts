import { assert, assertEquals, assertMatch } from "@std/assert";
import { browserTest } from "./chromium.ts";
import { CANARY } from "../support/signed_delivery.ts";
import { WebInbox } from "../support/web_inbox.ts";

const NAMES = ["inquiry.created", "inquiry.completed", "inquiry.approved"];

async function sendInquiry(inbox: WebInbox): Promise<void> {
  for (const [i, name] of NAMES.entries()) {
    const createdAt = new Date(Date.UTC(2024, 1, 15, 12, i)).toISOString();
    await inbox.send({ id: `evt_${i}`, name, createdAt });
  }
}

browserTest(
  "the page replays an object from one event on, when told to",
  async (browser) => {
    await using inbox = await WebInbox.start();
    await sendInquiry(inbox);
    await using page = await browser.open(`${inbox.url}/#/objects/inq_1`);
    const panel = page.getByRole("complementary");
    // Before, a replay is of what is not done, too.
    await panel.locator(".step", { hasText: "done" }).nth(2).waitFor();
    await panel.getByRole("button", {
      name: "Replay from here: inquiry.completed",
    })
      .click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("app: 2").waitFor();
    await dialog.getByRole("button", { name: "Replay 2 events" }).click();
    await page.locator("#announcements").getByText("Replaying 2 events")
      .waitFor();
    await page.goto(`${inbox.url}/#/events/evt_2`);
    await panel.getByText("#2").waitFor();
    const ids = inbox.receiver.received.slice(3).map(({ headers }) =>
      headers.get("idempotency-key")
    );
    assertEquals(ids, ["evt_1", "evt_2"]);
    assertEquals(browser.faults, []);
  },
);

browserTest(
  "the page compares two events of an object, masked until asked",
  async (browser) => {
    await using inbox = await WebInbox.start();
    await sendInquiry(inbox);
    await using page = await browser.open(`${inbox.url}/#/objects/inq_1`);
    const panel = page.getByRole("complementary");
    await panel.getByText("Compare two events").click();
    const list = panel.locator(".differences");
    await list.getByText("data.attributes.status").waitFor();
    assertMatch(
      await list.innerText(),
      /changed\s+data\.attributes\.status\s+"completed"\s+"approved"/,
    );
    await panel.getByLabel("Compare", { exact: true }).selectOption("evt_0");
    await list.getByText('"created"').waitFor();
    await panel.getByLabel("with", { exact: true }).selectOption("evt_0");
    await panel.getByText("No difference").waitFor();
    assert(!inbox.log.includes("revealed"));
    await panel.getByRole("button", { name: "Reveal" }).click();
    await panel.getByText("revealed", { exact: true }).waitFor();
    await inbox.logged(/"revealed".*evt_0/);
    assert(!(await page.content()).includes(CANARY), "it is the same");
    assertEquals(browser.faults, []);
  },
);
