import { assert, assertEquals } from "@std/assert";
import { browserTest } from "./chromium.ts";
import { sampleText, WebInbox } from "../support/web_inbox.ts";
import { CANARY, headerOf } from "../support/signed_delivery.ts";

browserTest(
  "the page groups rejected deliveries by reason, and explains each",
  async (browser) => {
    await using inbox = await WebInbox.start();
    const text = sampleText({ id: "evt_1" });
    const now = Math.floor(Date.now() / 1_000);
    const url = `http://127.0.0.1:${inbox.port}/webhook`;
    const post = async (headers: Record<string, string>, body: string) => {
      const response = await fetch(url, { method: "POST", headers, body });
      await response.body?.cancel();
      assertEquals(response.status, 401);
    };
    await post(
      { "persona-signature": headerOf(text, { timestamp: now }) },
      `${text}\n`,
    );
    const forge = () =>
      post(
        { "persona-signature": headerOf("other", { timestamp: now }) },
        "{}",
      );
    await forge();
    await post({}, "x");
    await using page = await browser.open(`${inbox.url}/#/rejected`);
    const groups = page.locator(".card.rejected");
    await groups.nth(1).waitFor();
    assertEquals(await groups.count(), 2);

    const forged = groups.filter({
      hasText: "from 127.0.0.1",
      has: page.getByRole("heading", { name: /different secret/ }),
    });
    await forged.getByText("2 ×").waitFor();
    await forged.getByText("Show the 2 deliveries").click();
    const first = forged.locator(".deliveries > li").last();
    await first.locator("summary").click();
    await first.getByText(/line break/).first().waitFor();
    await first.getByText("masked").waitFor();
    assert(!(await page.content()).includes(CANARY));
    assert(!inbox.log.includes("rejected revealed"));
    await page.locator('#connection[data-state="live"]').waitFor();
    await forge();
    await forged.getByText("3 ×").waitFor();
    assert(await first.getByText("masked").isVisible(), "it stays open");

    await first.getByRole("button", { name: "Reveal" }).click();
    await first.getByText(CANARY).waitFor();
    await inbox.logged(/rejected revealed/);
    await first.getByRole("button", { name: "Mask" }).click();
    await first.getByText("masked").waitFor();
    assert(!(await page.content()).includes(CANARY));

    const unsigned = groups.filter({ hasText: "1 ×" });
    await unsigned.getByText("Show the delivery").click();
    await unsigned.getByText(/no persona-signature; 1 byte$/).click();
    await unsigned.getByText("It was not read").waitFor();
    assertEquals(browser.faults, []);
  },
);
