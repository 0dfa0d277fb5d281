/**
 * Spans of attempts for OpenTelemetry. Deno has it built in, and registers it where
 * `npm:@opentelemetry/api` looks for it when the program is started with
 * `OTEL_DENO=true`; this looks there too, and needs no dependency.
 *
 * All attempts of an event share a trace whose id follows from the event's, so that
 * they share it over restarts and nothing of it is stored. Their parent span stands
 * for the event and is never exported.
 *
 * @module
 */

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

/** Facts: no payload value, no URL, no secret. */
export type SpanAttributes = Readonly<
  Record<string, string | number | boolean>
>;

/** A piece of work under way. */
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

/** Makes spans in the traces of events. */
export class Tracing {
  readonly #tracer: Tracer;
  readonly #contexts: ContextManager;

  private constructor({ trace, context }: Api) {
    this.#tracer = trace.getTracer("persona-inbox");
    this.#contexts = context;
  }

  /** Finds OpenTelemetry; nothing unless Deno was started with it. */
  static find(): Tracing | undefined {
    const api: Partial<Api> | undefined = Reflect.get(globalThis, API);
    const { trace, context } = api ?? {};
    return trace && context && new Tracing({ trace, context });
  }

  /**
   * Begins a span in the trace of an event.
   *
   * @param eventId The event.
   * @param name What the span is called.
   * @param attributes What is known at its beginning.
   * @returns The span.
   */
  start(eventId: Loggable, name: string, attributes: SpanAttributes): Span {
    const root = { spanContext: () => rootOf(eventId) };
    const context = this.#contexts.active().setValue(SPAN, root);
    return this.#tracer.startSpan(name, { attributes }, context);
  }

  /** The span that this code runs in. */
  get active(): Span | undefined {
    // Nobody else writes this key.
    return this.#contexts.active().getValue(SPAN) as Span | undefined;
  }

  /**
   * Does something within a span: what Deno traces by itself comes below it.
   *
   * @param span The span.
   * @param body What to do.
   * @returns What that returns.
   */
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
