import { assert, assertEquals } from "@std/assert";

/** One value of a metric. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A metric with all its values. */
export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly samples: Sample[];
}

const NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*";
const LABEL = String.raw`[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\"n])*"`;
const SAMPLE = new RegExp(
  `^(${NAME})(?:\\{(${LABEL}(?:,${LABEL})*)\\})? ([^ ]+)$`,
);
const VALUE = /^(?:[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?|NaN|[+-]Inf)$/i;
const SUFFIXES: Record<string, readonly string[]> = {
  counter: [""],
  gauge: [""],
  histogram: ["_bucket", "_sum", "_count"],
};

/**
 * Reads the text format, version 0.0.4, and takes nothing that a strict reader would
 * not: help and type before the values, each metric in one block, no value twice,
 * histograms whole.
 */
export function parseMetrics(text: string): Map<string, Family> {
  assert(text.endsWith("\n"), "the last line has no end");
  const families = new Map<string, Family>();
  const seen = new Set<string>();
  let family: Family | undefined;
  let help: [name: string, text: string] | undefined;
  for (const line of text.slice(0, -1).split("\n")) {
    const [, kind, name, rest] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? [];
    if (kind === "HELP") {
      assert(!help, `${help?.[0]} has no type`);
      assert(/^(?:[^\\]|\\[\\n])*$/.test(rest!), line);
      help = [name!, unescape(rest!)];
    } else if (kind === "TYPE") {
      assertEquals(help?.[0], name, line);
      assert(new RegExp(`^${NAME}$`).test(name!), line);
      assert(rest! in SUFFIXES, line);
      assert(!families.has(name!), `${name} comes twice`);
      family = { name: name!, help: help![1], type: rest!, samples: [] };
      families.set(name!, family);
      help = undefined;
    } else {
      assert(family && !help, line);
      assert(!seen.has(seriesOf(line)), `twice: ${line}`);
      seen.add(seriesOf(line));
      family.samples.push(sampleOf(line, family));
    }
  }
  for (const one of families.values()) checkFamily(one);
  return families;
}

/** The value with these labels and no others. */
export function valueOf(
  families: ReadonlyMap<string, Family>,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const base = name.replace(/_(?:bucket|sum|count)$/, "");
  const family = families.get(name) ?? families.get(base);
  assert(family, `there is no ${name}`);
  const wanted = JSON.stringify(Object.entries(labels).sort());
  return family.samples.find((sample) =>
    sample.name === name &&
    JSON.stringify(Object.entries(sample.labels).sort()) === wanted
  )?.value;
}

function seriesOf(line: string): string {
  return line.slice(0, line.lastIndexOf(" "));
}

function sampleOf(line: string, family: Family): Sample {
  const [, name = "", labelsText = "", value = ""] = SAMPLE.exec(line) ?? [];
  assert(name !== "", `no sample: ${line}`);
  assert(VALUE.test(value), line);
  const suffix = name.slice(family.name.length);
  assert(name.startsWith(family.name), line);
  assert(SUFFIXES[family.type]!.includes(suffix), line);
  const labels: Record<string, string> = {};
  for (const [label = ""] of labelsText.matchAll(new RegExp(LABEL, "g"))) {
    const end = label.indexOf("=");
    const key = label.slice(0, end);
    assert(!(key in labels) && !key.startsWith("__"), line);
    labels[key] = unescape(label.slice(end + 2, -1));
  }
  return { name, labels, value: numberOf(value) };
}

function checkFamily({ name, type, samples }: Family): void {
  if (type === "counter") {
    assert(name.endsWith("_total"), name);
    for (const { value } of samples) assert(value >= 0, name);
  }
  for (const { labels } of samples) {
    assert(!("le" in labels) || type === "histogram", name);
  }
  if (type === "histogram") checkHistogram(name, samples);
}

function checkHistogram(name: string, samples: readonly Sample[]): void {
  const groups = Map.groupBy(samples, ({ labels }) => {
    const { le: _le, ...others } = labels;
    return JSON.stringify(Object.entries(others).sort());
  });
  for (const group of groups.values()) {
    const buckets = group.filter((sample) => sample.name === `${name}_bucket`);
    const [sum, count, ...more] = group.slice(buckets.length);
    assertEquals([sum?.name, count?.name], [`${name}_sum`, `${name}_count`]);
    assertEquals(more, []);
    const bounds = buckets.map(({ labels }) => numberOf(labels.le!));
    assertEquals(bounds, [...new Set(bounds)].sort((a, b) => a - b), name);
    assertEquals(bounds.at(-1), Infinity, name);
    const counts = buckets.map(({ value }) => value);
    assertEquals(counts, counts.toSorted((a, b) => a - b), name);
    assertEquals(counts.at(-1), count?.value, name);
  }
}

function numberOf(text: string): number {
  const infinity = /^([+-])Inf$/i.exec(text);
  if (infinity) return infinity[1] === "-" ? -Infinity : Infinity;
  return Number(text);
}

function unescape(text: string): string {
  return text.replace(/\\(.)/g, (_, char) => char === "n" ? "\n" : char);
}
