import { assert, assertEquals } from "@std/assert";
import { browserTest } from "./chromium.ts";
import { deliveries, idOf } from "../support/deliveries.ts";
import { WebInbox } from "../support/web_inbox.ts";
import { eventually } from "../support/within.ts";

const EVENTS = 100_000;
const ROWS_MAX = 400;

browserTest(
  "the page shows 100 000 events and keeps some hundred rows",
  async (browser) => {
    await using inbox = await WebInbox.start({
      deliveries: deliveries(EVENTS),
    });
    await using page = await browser.open(inbox.url);
    const rows = page.locator(".row");
    const list = page.locator(".list");
    const row = (n: number) => page.locator(`.row[data-id="${idOf(n)}"]`);
    await row(EVENTS - 1).waitFor();

    for (const n of [100, 500, 1_000, 2_000]) {
      await eventually(
        60_000,
        async () => {
          await list.evaluate((list) => list.scrollBy(0, 2_000));
          return await row(EVENTS - n).count() > 0;
        },
        () => `event ${n} from the top`,
      );
      assert(await rows.count() <= ROWS_MAX, `${await rows.count()} rows`);
    }

    // Upwards what was given up comes again, where it was.
    await list.evaluate((list) => list.scrollTop = 34 * 600);
    await eventually(
      60_000,
      async () => {
        const box = await row(EVENTS - 1 - 605).boundingBox();
        const top = (await list.boundingBox())?.y ?? 0;
        return box !== null && Math.abs(box.y - top - 5 * 34) < 1;
      },
      () => "the rows of before",
    );
    assert(await rows.count() <= ROWS_MAX, `${await rows.count()} rows`);
    await list.evaluate((list) => list.scrollTop = 0);
    await row(EVENTS - 1).waitFor();
    assertEquals(browser.faults, []);
  },
);

browserTest("the page keeps up with a flood of new events", async (browser) => {
  await using inbox = await WebInbox.start({ deliveries: deliveries(10) });
  await using page = await browser.open(inbox.url);
  await page.locator('#connection[data-state="live"]').waitFor();
  for (let batch = 0; batch < 15; batch++) {
    await Promise.all(
      Array.from(
        { length: 20 },
        (_, i) =>
          inbox.send({ id: `evt_b${batch}_${i}`, objectId: `inq_${i}` }),
      ),
    );
  }
  await inbox.send({ id: "evt_last", objectId: "inq_last" });
  const last = page.locator('.row[data-id="evt_last"]');
  await last.waitFor();
  await last.getByText("done", { exact: true }).waitFor();
  assert(await page.locator(".row").count() <= ROWS_MAX);
  assertEquals(browser.faults, []);
});
