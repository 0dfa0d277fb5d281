import { assert, assertEquals } from "@std/assert";
import { browserTest } from "./chromium.ts";
import { CANARY } from "../support/signed_delivery.ts";
import { WebInbox } from "../support/web_inbox.ts";

browserTest("the page shows who did what", async (browser) => {
  const env = { INBOX_ADMIN_TOKEN: "ana:reveal:a-token-of-this-test" };
  await using inbox = await WebInbox.start({ env });
  await inbox.send({ id: "evt_1" });
  await using page = await browser.open(`${inbox.url}/#/events/evt_1`);
  await page.getByLabel("Token").fill("a-token-of-this-test");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Reveal" }).click();
  await page.getByText(CANARY).waitFor();
  await page.getByRole("link", { name: "Audit" }).click();
  const table = page.getByRole("table", { name: "Audit trail" });
  const row = table.getByRole("row").nth(1);
  await row.getByText("reveal", { exact: true }).waitFor();
  assert(await row.getByText("ana", { exact: true }).isVisible());
  assert(!(await table.innerText()).includes(CANARY));
  await row.getByRole("link", { name: "evt_1" }).click();
  await page.getByRole("complementary").getByText("Dispatches").waitFor();
  assertEquals(new URL(page.url()).hash, "#/events/evt_1");
  assertEquals(browser.faults, []);
});
