// Counters, gauges and histograms in Prometheus' text format, version 0.0.4. Values
// of labels have to come from closed lists and from the settings: each one that is
// new takes memory here and in Prometheus for good.

/** The `content-type` of the text. */
export const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** The name and the labels of a metric. */
export interface MetricOptions<Label extends string> {
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly Label[];
}

/** A value for each label of a metric. */
export type Labels<Label extends string> = Readonly<Record<Label, string>>;

/** A metric: a name, and a value for each combination of labels. */
abstract class Metric<Label extends string, Value> {
  readonly name: string;
  readonly help: string;
  abstract readonly type: "counter" | "gauge" | "histogram";
  readonly #labels: readonly Label[];
  /** By the labels as they are written. */
  protected readonly values = new Map<string, Value>();

  /** @param options Its name, by convention with a unit, or `_total`, at the end. */
  constructor({ name, help, labels = [] }: MetricOptions<Label>) {
    this.name = name;
    this.help = help;
    this.#labels = labels;
  }

  /** Its samples, one a line. */
  *lines(): Iterable<string> {
    for (const [labels, value] of this.values) yield* this.show(labels, value);
  }

  protected abstract show(labels: string, value: Value): Iterable<string>;

  protected key(labels: Labels<Label>): string {
    let key = "";
    for (const name of this.#labels) {
      key += `${key && ","}${name}="${escapeLabel(labels[name])}"`;
    }
    return key;
  }
}

/** A metric with a single number. */
abstract class Single<Label extends string> extends Metric<Label, number> {
  protected *show(labels: string, value: number): Iterable<string> {
    yield sample(this.name, labels, value);
  }
}

/** A value that only grows. */
export class Counter<Label extends string = never> extends Single<Label> {
  readonly type = "counter";

  /** Adds; 0 shows a value before there is something to count. */
  add(labels: Labels<Label>, amount = 1): void {
    const key = this.key(labels);
    this.values.set(key, (this.values.get(key) ?? 0) + amount);
  }
}

/** A value that goes up and down. */
export class Gauge<Label extends string = never> extends Single<Label> {
  readonly type = "gauge";

  /** Sets a value. */
  set(labels: Labels<Label>, value: number): void {
    this.values.set(this.key(labels), value);
  }

  /** Clears all values: a series that is not set again is not shown. */
  clear(): void {
    this.values.clear();
  }
}

interface Distribution {
  /** The count in each bucket alone; the last one is for values above all bounds. */
  readonly counts: number[];
  sum: number;
}

/** The distribution of values. */
export class Histogram<Label extends string = never>
  extends Metric<Label, Distribution> {
  readonly type = "histogram";
  readonly #bounds: readonly number[];

  /** @param bounds The greatest value of each bucket, ascending. */
  constructor(options: MetricOptions<Label>, bounds: readonly number[]) {
    super(options);
    this.#bounds = [...bounds, Infinity];
  }

  /** Notes a value. */
  observe(labels: Labels<Label>, value: number): void {
    const key = this.key(labels);
    const known = this.values.get(key) ??
      { counts: this.#bounds.map(() => 0), sum: 0 };
    this.values.set(key, known);
    const bucket = this.#bounds.findIndex((bound) => value <= bound);
    known.counts[bucket] = (known.counts[bucket] ?? 0) + 1;
    known.sum += value;
  }

  protected *show(
    labels: string,
    { counts, sum }: Distribution,
  ): Iterable<string> {
    let total = 0;
    for (const [i, bound] of this.#bounds.entries()) {
      total += counts[i] ?? 0;
      const le = `le="${formatNumber(bound)}"`;
      const all = labels === "" ? le : `${labels},${le}`;
      yield sample(`${this.name}_bucket`, all, total);
    }
    yield sample(`${this.name}_sum`, labels, sum);
    yield sample(`${this.name}_count`, labels, total);
  }
}

/** The argument of {@linkcode metricsText}. */
export type AnyMetric = Pick<
  Metric<never, unknown>,
  "name" | "help" | "type" | "lines"
>;

/**
 * Shows metrics.
 *
 * @param metrics In the order in which they are shown.
 */
export function metricsText(metrics: readonly AnyMetric[]): string {
  const lines = metrics.flatMap((metric) => [
    `# HELP ${metric.name} ${escapeHelp(metric.help)}`,
    `# TYPE ${metric.name} ${metric.type}`,
    ...metric.lines(),
  ]);
  return lines.map((line) => `${line}\n`).join("");
}

function sample(name: string, labels: string, value: number): string {
  const braces = labels === "" ? "" : `{${labels}}`;
  return `${name}${braces} ${formatNumber(value)}`;
}

function formatNumber(value: number): string {
  if (value === Infinity) return "+Inf";
  return value === -Infinity ? "-Inf" : String(value);
}

function escapeHelp(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

function escapeLabel(text: string): string {
  // Hardly any has one of these, and each delivery comes by here.
  if (!/[\\"\n]/.test(text)) return text;
  return escapeHelp(text).replaceAll('"', '\\"');
}
