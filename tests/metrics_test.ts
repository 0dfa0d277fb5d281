import { assertEquals, assertThrows } from "@std/assert";
import { Counter, Gauge, Histogram, metricsText } from "../lib/metrics.ts";
import { parseMetrics, valueOf } from "./support/prometheus.ts";

Deno.test("metricsText() shows counters, gauges and histograms", () => {
  const counter = new Counter({ name: "a_total", help: "A.", labels: ["b"] });
  counter.add({ b: "x" });
  counter.add({ b: "y" }, 2.5);
  counter.add({ b: "x" });
  counter.add({ b: "z" }, 0);
  const gauge = new Gauge({ name: "c", help: "C." });
  gauge.set({}, 7);
  gauge.set({}, -1);
  const histogram = new Histogram({ name: "d_seconds", help: "D." }, [1, 5]);
  for (const value of [0, 1, 1.5, 5, 5.1, 100]) histogram.observe({}, value);
  assertEquals(
    metricsText([counter, gauge, histogram]),
    `# HELP a_total A.
# TYPE a_total counter
a_total{b="x"} 2
a_total{b="y"} 2.5
a_total{b="z"} 0
# HELP c C.
# TYPE c gauge
c -1
# HELP d_seconds D.
# TYPE d_seconds histogram
d_seconds_bucket{le="1"} 2
d_seconds_bucket{le="5"} 4
d_seconds_bucket{le="+Inf"} 6
d_seconds_sum 112.6
d_seconds_count 6
`,
  );
});

Deno.test("metricsText() shows a metric without values by its name alone", () => {
  const text = metricsText([new Counter({ name: "a_total", help: "A." })]);
  assertEquals(text, "# HELP a_total A.\n# TYPE a_total counter\n");
  assertEquals(parseMetrics(text).get("a_total")?.samples, []);
  assertEquals(metricsText([]), "");
});

Deno.test("metricsText() escapes what labels and help hold", () => {
  const values = [
    "",
    '"',
    "\\",
    "\n",
    '\\"',
    "\\n",
    'a="b",c="d"',
    "} 1\nx{",
    "é🗝",
    "\r\t ",
  ];
  const counter = new Counter({
    name: "a_total",
    help: 'A "quoted" \\ and\nbroken line.',
    labels: ["b", "c"],
  });
  for (const b of values) {
    for (const c of values) counter.add({ b, c });
  }
  const families = parseMetrics(metricsText([counter]));
  assertEquals(
    families.get("a_total")?.help,
    'A "quoted" \\ and\nbroken line.',
  );
  assertEquals(families.get("a_total")?.samples.length, values.length ** 2);
  for (const b of values) {
    for (const c of values) {
      assertEquals(valueOf(families, "a_total", { b, c }), 1);
    }
  }
});

Deno.test("metricsText() writes any number", () => {
  const gauge = new Gauge({ name: "a", help: "A.", labels: ["n"] });
  const numbers = [
    0,
    -0,
    1e21,
    1e-9,
    1 / 3,
    2 ** 53,
    Number.MAX_VALUE,
    Infinity,
    -Infinity,
    NaN,
  ];
  for (const [i, number] of numbers.entries()) {
    gauge.set({ n: String(i) }, number);
  }
  const families = parseMetrics(metricsText([gauge]));
  for (const [i, number] of numbers.entries()) {
    const value = valueOf(families, "a", { n: String(i) });
    assertEquals(value, number === 0 ? 0 : number);
  }
});

Deno.test("Histogram keeps its labels apart", () => {
  const histogram = new Histogram(
    { name: "a", help: "A.", labels: ["b"] },
    [0.1, 0.25],
  );
  histogram.observe({ b: "x" }, 0.2);
  histogram.observe({ b: "y" }, 3);
  histogram.observe({ b: "y" }, 0.1);
  const families = parseMetrics(metricsText([histogram]));
  const table: [name: string, labels: Record<string, string>, number][] = [
    ["a_bucket", { b: "x", le: "0.1" }, 0],
    ["a_bucket", { b: "x", le: "0.25" }, 1],
    ["a_bucket", { b: "y", le: "0.1" }, 1],
    ["a_bucket", { b: "y", le: "0.25" }, 1],
    ["a_bucket", { b: "y", le: "+Inf" }, 2],
    ["a_count", { b: "x" }, 1],
    ["a_sum", { b: "y" }, 3.1],
  ];
  for (const [name, labels, value] of table) {
    assertEquals(valueOf(families, name, labels), value, name);
  }
});

Deno.test("Gauge forgets what is cleared", () => {
  const gauge = new Gauge({ name: "a", help: "A.", labels: ["b"] });
  gauge.set({ b: "x" }, 1);
  gauge.clear();
  gauge.set({ b: "y" }, 2);
  const { samples } = parseMetrics(metricsText([gauge])).get("a")!;
  assertEquals(samples.map(({ labels }) => labels), [{ b: "y" }]);
});

Deno.test("the tests' reader of metrics refuses what is none", () => {
  const head = "# HELP a A.\n# TYPE a gauge\n";
  const counter = "# HELP a_total A.\n# TYPE a_total counter\n";
  const histogram = "# HELP a A.\n# TYPE a histogram\n";
  for (
    const text of [
      "",
      "a 1\n",
      `${head}a 1`,
      `${head}a  1\n`,
      `${head}a 1\na 2\n`,
      `${head}b 1\n`,
      `${head}a one\n`,
      `${head}a{b=c} 1\n`,
      `${head}a{b="c} 1\n`,
      `${head}a{b="\\x"} 1\n`,
      `${head}a{b="c",} 1\n`,
      `${head}a{b="c",b="d"} 1\n`,
      `${head}a{1="c"} 1\n`,
      `${head}a 1\n\n`,
      `${head}${head}`,
      "# TYPE a gauge\n# HELP a A.\n",
      "# HELP a A.\na 1\n",
      "# HELP a A.\n# TYPE a number\n",
      `${counter}a_total -1\n`,
      "# HELP a A.\n# TYPE a counter\na 1\n",
      `${histogram}a_bucket{le="1"} 1\na_sum 1\na_count 1\n`,
      `${histogram}a_bucket{le="+Inf"} 2\na_sum 1\na_count 1\n`,
      `${histogram}a_bucket{le="1"} 2\na_bucket{le="+Inf"} 1\na_sum 1\na_count 1\n`,
      `${histogram}a_bucket{le="+Inf"} 1\na_count 1\n`,
    ]
  ) {
    assertThrows(() => parseMetrics(text), Error, "", text);
  }
});
