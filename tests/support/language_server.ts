/** Talks to `deno lsp` as an editor does. */

import { eventually } from "./within.ts";

/** A position in a text, counted from 0. */
interface Position {
  readonly line: number;
  readonly character: number;
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: { readonly items?: readonly unknown[] };
  readonly result?: unknown;
}

/** How long a busy server may take until it knows the project. */
const PATIENCE_MS = 120_000;

const ROOT = new URL("../../", import.meta.url);

/** A language server with this project as its workspace. */
export class LanguageServer implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #waiting = new Map<number, (result: unknown) => void>();
  readonly #reading: Promise<void>;
  #lastId = 0;
  #files = 0;

  private constructor() {
    this.#process = new Deno.Command(Deno.execPath(), {
      args: ["lsp", "--quiet"],
      cwd: ROOT,
      env: { NO_COLOR: "1" },
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.#writer = this.#process.stdin.getWriter();
    this.#reading = this.#read();
  }

  /** Starts one. */
  static async start(): Promise<LanguageServer> {
    const server = new LanguageServer();
    await server.#ask("initialize", {
      processId: Deno.pid,
      rootUri: ROOT.href,
      capabilities: { workspace: { configuration: true } },
      initializationOptions: { enable: true, documentPreloadLimit: 0 },
    });
    await server.#send({ method: "initialized", params: {} });
    return server;
  }

  /**
   * Returns what the editor offers where `‸` stands in a file of the project.
   *
   * @param text The file.
   * @returns The labels.
   */
  async complete(text: string): Promise<string[]> {
    const at = text.indexOf("‸");
    const uri = new URL(`tests/completion_${++this.#files}.ts`, ROOT).href;
    const textDocument = {
      uri,
      languageId: "typescript",
      version: 1,
      text: text.replace("‸", ""),
    };
    await this.#send({
      method: "textDocument/didOpen",
      params: { textDocument },
    });
    const params = {
      textDocument: { uri },
      position: positionOf(text.slice(0, at)),
      context: { triggerKind: 1 },
    };
    // A busy server has no answer at first, or an empty one; an editor asks again at the
    // next key.
    let items: readonly { label: string }[] = [];
    await eventually(PATIENCE_MS, async () => {
      const list = await this.#ask("textDocument/completion", params);
      items = (list as { items?: typeof items } | null)?.items ?? [];
      return items.length > 0;
    }, () => `something to offer at: ${text}`);
    return items.map(({ label }) => label.replace(/\?$/, ""));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#ask("shutdown");
    await this.#send({ method: "exit" });
    await this.#writer.close();
    await this.#reading;
    await this.#process.status;
  }

  async #ask(method: string, params?: unknown): Promise<unknown> {
    const id = ++this.#lastId;
    const answer = Promise.withResolvers<unknown>();
    this.#waiting.set(id, answer.resolve);
    await this.#send({ id, method, params });
    return await answer.promise;
  }

  async #send(message: object): Promise<void> {
    const body = new TextEncoder().encode(
      JSON.stringify({ jsonrpc: "2.0", ...message }),
    );
    const head = `Content-Length: ${body.length}\r\n\r\n`;
    await this.#writer.write(new TextEncoder().encode(head));
    await this.#writer.write(body);
  }

  async #read(): Promise<void> {
    let bytes = new Uint8Array();
    for await (const chunk of this.#process.stdout) {
      const both = new Uint8Array(bytes.length + chunk.length);
      both.set(bytes);
      both.set(chunk, bytes.length);
      bytes = both;
      for (let next = split(bytes); next; next = split(bytes)) {
        bytes = next.rest;
        await this.#take(JSON.parse(new TextDecoder().decode(next.body)));
      }
    }
  }

  async #take({ id, method, params, result }: Message): Promise<void> {
    if (id === undefined) return;
    if (method === undefined) {
      this.#waiting.get(id)?.(result);
      this.#waiting.delete(id);
    } else {
      // The server asks for settings: there are none beside those at the start.
      const settings = { enable: true, documentPreloadLimit: 0 };
      const answers = (params?.items ?? []).map(() => settings);
      await this.#send({ id, result: params?.items ? answers : null });
    }
  }
}

/** The first message, if all of it is there. */
function split(bytes: Uint8Array<ArrayBuffer>) {
  const head = new TextDecoder().decode(bytes.subarray(0, 200));
  const [matched, length] = /^[^]*?Content-Length: (\d+)[^]*?\r\n\r\n/.exec(
    head,
  ) ?? [];
  if (matched === undefined) return undefined;
  const from = matched.length;
  const to = from + Number(length);
  if (bytes.length < to) return undefined;
  return { body: bytes.slice(from, to), rest: bytes.slice(to) };
}

function positionOf(before: string): Position {
  const lines = before.split("\n");
  return { line: lines.length - 1, character: lines.at(-1)?.length ?? 0 };
}
