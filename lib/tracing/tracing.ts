// Spans of attempts for OpenTelemetry. With `OTEL_DENO=true`, Deno registers its built-in
// implementation where `npm:@opentelemetry/api` looks for one; this looks there too, and
// needs no dependency.
//
// All attempts of an event share a trace whose id is derived from the event's id, so that
// it survives restarts without being stored. Their parent span stands for the event and
// is never exported.

import { createHash } from "node:crypto";
import type { Loggable } from "../log.ts";

const API = Symbol.for("opentelemetry.js.api.1");
const SPAN = Symbol.for("OpenTelemetry Context Key SPAN");

/** The status of a span whose work failed. */
export const SPAN_FAILED = 2;

/** The identity of a span. */
interface SpanContext {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceFlags: number;
}

/** Attributes without payload values, URLs and secrets. */
export type SpanAttributes = Readonly<
  Record<string, string | number | boolean>
>;

/** A span of work in progress. */
export interface Span {
  spanContext(): SpanContext;
  setAttributes(attributes: SpanAttributes): unknown;
  setStatus(status: { code: typeof SPAN_FAILED; message: string }): unknown;
  end(): void;
}

interface Context {
  getValue(key: symbol): unknown;
  setValue(key: symbol, value: Pick<Span, "spanContext">): Context;
}

interface Tracer {
  startSpan(
    name: string,
    options: { attributes: SpanAttributes },
    context: Context,
  ): Span;
}

interface ContextManager {
  active(): Context;
  with<Result>(context: Context, body: () => Result): Result;
}

interface Api {
  readonly trace: { getTracer(name: string): Tracer };
  readonly context: ContextManager;
}

/** A factory of spans in the traces of events. */
export class Tracing {
  readonly #tracer: Tracer;
  readonly #contexts: ContextManager;

  private constructor({ trace, context }: Api) {
    this.#tracer = trace.getTracer("persona-inbox");
    this.#contexts = context;
  }

  /** Finds OpenTelemetry; undefined unless Deno was started with it. */
  static find(): Tracing | undefined {
    const api: Partial<Api> | undefined = Reflect.get(globalThis, API);
    const { trace, context } = api ?? {};
    return trace && context && new Tracing({ trace, context });
  }

  /** Starts a span in the trace of an event. */
  start(eventId: Loggable, name: string, attributes: SpanAttributes): Span {
    const root = { spanContext: () => rootOf(eventId) };
    const context = this.#contexts.active().setValue(SPAN, root);
    return this.#tracer.startSpan(name, { attributes }, context);
  }

  /** The span that this code runs in. */
  get active(): Span | undefined {
    // Only spans are stored under this key.
    return this.#contexts.active().getValue(SPAN) as Span | undefined;
  }

  /** Runs a function within a span: spans created by Deno become its children. */
  within<Result>(span: Span, body: () => Result): Result {
    const context = this.#contexts.active().setValue(SPAN, span);
    return this.#contexts.with(context, body);
  }
}

/** The span that stands for an event. */
function rootOf(eventId: Loggable): SpanContext {
  const digest = createHash("sha256").update(eventId).digest("hex");
  return {
    traceId: digest.slice(0, 32),
    spanId: digest.slice(32, 48),
    traceFlags: 1,
  };
}
