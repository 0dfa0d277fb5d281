import { assert, assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { Monitor } from "../../lib/monitor/monitor.ts";
import { REJECT_REASONS } from "../../lib/reject_reasons.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { type Family, parseMetrics } from "../support/prometheus.ts";

const FILES = ["alerts.yml", "grafana.json"];

function textOf(file: string): Promise<string> {
  const url = new URL(`../../lib/monitor/${file}`, import.meta.url);
  return Deno.readTextFile(url);
}

/** What `/metrics` has to show. */
function families(): Map<string, Family> {
  const monitor = new Monitor(new FakeClock(0));
  return parseMetrics(monitor.metricsText({
    nowMs: 0,
    totals: { events: 0, bytes: 0, destinations: [] },
    activities: [],
    pauses: [],
    logBytes: 0,
    destinations: [],
  }));
}

/** Every metric that a text names, with the labels it is selected by. */
function metricsIn(text: string): Set<string> {
  const names = text.matchAll(/\b(?:persona_inbox|process)_[a-z_]+/g);
  return new Set([...names].map(([name]) => name));
}

for (const file of FILES) {
  Deno.test(`${file} names no metric that there is not`, async () => {
    const known = families();
    const named = metricsIn(await textOf(file));
    assert(named.size >= 8, `${named.size} metrics`);
    for (const name of named) {
      const base = name.replace(/_(?:bucket|sum|count)$/, "");
      const isPart = known.get(base)?.type === "histogram" && base !== name;
      assert(known.has(name) || isPart, name);
    }
  });
}

Deno.test("the dashboard shows every metric", async () => {
  const named = metricsIn(await textOf("grafana.json"));
  for (const { name, type } of families().values()) {
    const isShown = type === "histogram"
      ? [...named].some((other) => other.startsWith(`${name}_`))
      : named.has(name);
    assert(isShown, name);
  }
});

Deno.test("the dashboard is whole", async () => {
  const { panels, templating } = JSON.parse(await textOf("grafana.json"));
  const ids = panels.map(({ id }: { id: number }) => id);
  assertEquals(ids, [...new Set(ids)]);
  const taken = new Set<string>();
  for (const { title, gridPos: { x, y, w, h }, targets } of panels) {
    assert(x >= 0 && x + w <= 24, title);
    for (let column = x; column < x + w; column++) {
      for (let line = y; line < y + h; line++) {
        assert(!taken.has(`${column} ${line}`), `${title} overlaps`);
        taken.add(`${column} ${line}`);
      }
    }
    for (const { expr } of targets) assertBalanced(expr);
  }
  const names = templating.list.map(({ name }: { name: string }) => name);
  assertEquals(names, ["datasource", "job", "instance"]);
});

Deno.test("each alert has a condition, a severity and words", async () => {
  const text = await textOf("alerts.yml");
  const [, ...alerts] = text.split("- alert: ");
  const names = alerts.map((alert) => alert.slice(0, alert.indexOf("\n")));
  assertEquals(names, [...new Set(names)]);
  for (const alert of alerts) {
    for (const key of ["expr:", "severity:", "summary:", "description:"]) {
      assertEquals(alert.split(key).length, 2, `${key} in ${alert}`);
    }
    assertBalanced(alert);
  }
});

Deno.test("promtool accepts the alerts", {
  ignore: !hasPromtool(),
}, async () => {
  const path = new URL("../../lib/monitor/alerts.yml", import.meta.url);
  const { success, stdout, stderr } = await new Deno.Command("promtool", {
    args: ["check", "rules", fileURLToPath(path)],
  }).output();
  const text = new TextDecoder();
  assert(success, `${text.decode(stdout)}${text.decode(stderr)}`);
});

function hasPromtool(): boolean {
  try {
    return new Deno.Command("promtool", { args: ["--version"] }).outputSync()
      .success;
  } catch {
    return false;
  }
}

Deno.test("alerts on reasons match some that there are", async () => {
  const reasons = Object.keys(REJECT_REASONS);
  const patterns = [
    ...(await textOf("alerts.yml")).matchAll(/reason=~"([^"]+)"/g),
  ];
  assertEquals(patterns.length, 2);
  for (const [, pattern] of patterns) {
    const regexp = new RegExp(`^(?:${pattern})$`);
    assert(reasons.some((reason) => regexp.test(reason)), pattern);
  }
});

function assertBalanced(text: string): void {
  for (const [opening, closing] of ["()", "{}", "[]"]) {
    const count = (bracket = "") => text.split(bracket).length;
    assertEquals(count(opening), count(closing), text);
  }
}
