import { assert, assertEquals, assertMatch } from "@std/assert";
import { browserTest, type Page } from "./chromium.ts";
import { CANARY } from "../support/signed_delivery.ts";
import { WebInbox } from "../support/web_inbox.ts";

const OPERATE = "a-token-that-operates";
const STATUS = "#announcements";

async function confirm(page: Page, button: string, action: string) {
  await page.getByRole("button", { name: button }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("recorded in the audit trail").waitFor();
  await dialog.getByRole("button", { name: action }).click();
}

browserTest("the page gives a body as it came", async (browser) => {
  await using inbox = await WebInbox.start();
  await inbox.send({ id: "evt_1" });
  await using page = await browser.open(`${inbox.url}/#/events/evt_1`);
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    confirm(page, "Download…", "Download"),
  ]);
  assertEquals(download.suggestedFilename(), "evt_1.json");
  const saved = await Deno.readFile(await download.path());
  await inbox.dispatched(1);
  assertEquals(saved, inbox.receiver.received[0]?.body);
  await page.locator(STATUS).getByText("this was recorded").waitFor();
  await inbox.logged(/"revealed".*evt_1/);
  assertEquals(browser.faults, []);
});

browserTest(
  "the page copies a curl command that the inbox accepts",
  async (browser) => {
    await using inbox = await WebInbox.start();
    await inbox.send({ id: "evt_1" });
    await using page = await browser.open(`${inbox.url}/#/events/evt_1`, {
      permissions: ["clipboard-read", "clipboard-write"],
    });
    await confirm(page, "Copy as curl…", "Copy");
    await page.locator(STATUS).getByText("Copied the curl command").waitFor();
    const command = String(
      await page.evaluate("navigator.clipboard.readText()"),
    );
    assert(command.includes(CANARY));
    const { stdout } = await new Deno.Command("sh", {
      args: ["-c", command],
      stderr: "null",
    }).output();
    assertMatch(new TextDecoder().decode(stdout), /"success":true/);
    await page.getByText("1 duplicate").first().waitFor();
    assertEquals(browser.faults, []);
  },
);

browserTest(
  "the page sends an event to a URL, and shows the outcome",
  async (browser) => {
    await using inbox = await WebInbox.start();
    await inbox.send({ id: "evt_1" });
    await using page = await browser.open(`${inbox.url}/#/events/evt_1`);
    await page.getByRole("button", { name: "Send to a URL…" }).click();
    const dialog = page.getByRole("dialog", { name: "Send this event" });
    await dialog.getByLabel("URL").fill(inbox.receiver.url);
    await page.keyboard.press("Enter");
    await dialog.getByText(/Sent evt_1 once to .* answered 200/).waitFor();
    await inbox.dispatched(2);
    inbox.status = 500;
    await dialog.getByRole("button", { name: "Send", exact: true }).click();
    await dialog.getByText(/Sent evt_1 once to .* status 500/).waitFor();
    await dialog.getByRole("button", { name: "Close" }).click();
    await dialog.waitFor({ state: "detached" });
    assertEquals(browser.faults, []);
  },
);

browserTest(
  "the page says which role an action needs",
  async (browser) => {
    const env = { INBOX_ADMIN_TOKEN: `ops:operate:${OPERATE}` };
    await using inbox = await WebInbox.start({ env });
    await inbox.send({ id: "evt_1" });
    await using page = await browser.open(`${inbox.url}/#/events/evt_1`);
    await page.getByLabel("Token").fill(OPERATE);
    await page.keyboard.press("Enter");
    const refusal = page.locator(STATUS).getByText(
      "this needs a token with the role reveal",
    );
    await page.getByRole("button", { name: "Reveal" }).click();
    await refusal.waitFor();
    await page.reload();
    await confirm(page, "Download…", "Download");
    await refusal.waitFor();
    await page.reload();
    await confirm(page, "Copy as curl…", "Copy");
    await refusal.waitFor();
    await page.getByRole("button", { name: "Send to a URL…" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("URL").fill(inbox.receiver.url);
    await page.keyboard.press("Enter");
    await dialog.getByText("this needs a token with the role reveal").waitFor();
    await inbox.dispatched(1);
    assertEquals(browser.faults, []);
  },
);

browserTest(
  "the page says why an event does not go somewhere",
  async (browser) => {
    await using inbox = await WebInbox.start({
      destinations: [
        { name: "mail", events: ["account.*"] },
        {
          name: "crm",
          filter: { data: { attributes: { status: ["declined"] } } },
        },
      ],
    });
    await inbox.send({ id: "evt_1" });
    await using page = await browser.open(`${inbox.url}/#/events/evt_1`);
    const panel = page.getByRole("complementary");
    await panel.getByText(
      "mail does not receive it: its events do not include inquiry.approved",
    ).waitFor();
    await panel.getByText(
      "crm does not receive it: the payload does not match its filter",
    ).waitFor();
    assertEquals(browser.faults, []);
  },
);

browserTest(
  "the page tells what is tried again from what is new",
  async (browser) => {
    await using inbox = await WebInbox.start({
      destinations: [{ name: "slow", attemptsMax: 5 }],
    });
    inbox.status = 500;
    await using page = await browser.open(inbox.url);
    await page.locator('#connection[data-state="live"]').waitFor();
    await inbox.send({ id: "evt_1" });
    await page.locator(".row").getByText("slow").waitFor();
    await page.goto(`${inbox.url}/?destination=slow&status=pending`);
    await page.locator(".row").click();
    const dispatch = page.getByRole("article", { name: "Dispatch to slow" });
    await dispatch.getByText("retrying (1)").waitFor();
    assertEquals(browser.faults, []);
  },
);
