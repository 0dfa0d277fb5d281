import { assertEquals } from "@std/assert";
import { throttle } from "../../lib/web/throttle.js";

Deno.test("throttle() runs at once, and once more for all calls meanwhile", async () => {
  const started: PromiseWithResolvers<void>[] = [];
  let runs = 0;
  let ending = Promise.withResolvers<void>();
  const call = throttle(() => {
    started[runs++]?.resolve();
    return ending.promise;
  }, 0);
  started.push(Promise.withResolvers(), Promise.withResolvers());
  call();
  assertEquals(runs, 1);
  call();
  call();
  assertEquals(runs, 1, "never twice at a time");
  ending.resolve();
  ending = Promise.withResolvers();
  await started[1]!.promise;
  ending.resolve();
  await new Promise((resolve) => setTimeout(resolve, 5));
  assertEquals(runs, 2, "no call is left");
});
