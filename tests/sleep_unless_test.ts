import { assertEquals } from "@std/assert";
import { systemTimer } from "../lib/clock.ts";
import { sleepUnless } from "../lib/sleep_unless.ts";

Deno.test("sleepUnless() leaves no listener on a signal that outlives it", async () => {
  const { signal } = new AbortController();
  let listeners = 0;
  for (const [name, step] of [["add", 1], ["remove", -1]] as const) {
    const original = signal[`${name}EventListener`];
    Reflect.set(signal, `${name}EventListener`, (...args: unknown[]) => {
      listeners += step;
      Reflect.apply(original, signal, args);
    });
  }
  for (let i = 0; i < 3; i++) await sleepUnless(signal, 0, systemTimer);
  assertEquals(listeners, 0);
});

Deno.test("sleepUnless() ends when the signal is aborted, also before it", async () => {
  const controller = new AbortController();
  const slept = sleepUnless(controller.signal, 3_600_000, systemTimer);
  controller.abort();
  await slept;
  await sleepUnless(controller.signal, 3_600_000, systemTimer);
});
