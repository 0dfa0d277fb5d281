/** A span as it is exported. */
export interface ExportedSpan {
  readonly scope: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** 2 when it failed. */
  readonly status: number;
  readonly statusMessage: string;
}

interface Scoped {
  readonly scope: { readonly name: string };
  readonly spans: readonly {
    readonly traceId: string;
    readonly spanId: string;
    readonly parentSpanId: string;
    readonly name: string;
    readonly attributes: readonly {
      readonly key: string;
      readonly value: Readonly<Record<string, unknown>>;
    }[];
    readonly status: { readonly code: number; readonly message: string };
  }[];
}

/** Takes what OpenTelemetry exports by OTLP over HTTP in JSON. */
export class OtlpCollector implements AsyncDisposable {
  readonly spans: ExportedSpan[] = [];
  /** All that came, word by word. */
  text = "";
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor() {
    this.#server = Deno.serve(
      { port: 0, hostname: "127.0.0.1", onListen: () => {} },
      async (request) => {
        const text = await request.text();
        this.text += text;
        if (new URL(request.url).pathname === "/v1/traces") this.#take(text);
        return Response.json({});
      },
    );
  }

  /** What makes a Deno process export to here. */
  get env(): Record<string, string> {
    return {
      OTEL_DENO: "true",
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${this.#server.addr.port}`,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }

  #take(text: string): void {
    const { resourceSpans }: {
      resourceSpans: readonly { scopeSpans: readonly Scoped[] }[];
    } = JSON.parse(text);
    for (const { scope, spans } of resourceSpans.flatMap((r) => r.scopeSpans)) {
      for (const { attributes, status, ...span } of spans) {
        this.spans.push({
          ...span,
          scope: scope.name,
          attributes: Object.fromEntries(
            attributes.map(({ key, value }) => [key, Object.values(value)[0]]),
          ),
          status: status.code,
          statusMessage: status.message,
        });
      }
    }
  }
}
