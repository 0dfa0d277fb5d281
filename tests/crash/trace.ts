/**
 * What a process did to some files and said on its sockets, in order, from a trace by
 * `strace -f -y -xx` with all the data. A tracer stops a thread at both ends of a call,
 * so that what one thread does because of another stands after it.
 *
 * @module
 */

/** The calls that the trace must have. */
export const TRACED_CALLS = [
  "openat",
  "write",
  "pwrite64",
  "writev",
  "pwritev",
  "pwritev2",
  "sendto",
  "sendmsg",
  "fsync",
  "fdatasync",
  "sync_file_range",
  "ftruncate",
  "fallocate",
  "rename",
  "renameat",
  "renameat2",
  "unlink",
  "unlinkat",
].join(",");

/** A change that a disk may or may not have seen until it is synced. */
export type Change =
  | {
    readonly kind: "write";
    readonly offset: number;
    readonly data: Uint8Array;
  }
  | { readonly kind: "truncate"; readonly size: number }
  | { readonly kind: "create" | "remove"; readonly name: string };

/** A step of the process. */
export type Step =
  /** A call to change a file, or the folder when the change has a name. */
  | {
    readonly kind: "change";
    readonly id: number;
    readonly file: string;
    readonly change: Change;
  }
  /** A sync has ended: these changes are durable, or nobody knows any more. */
  | { readonly kind: "synced" | "sync failed"; readonly ids: readonly number[] }
  /** Something is said on a socket. */
  | { readonly kind: "said"; readonly text: string };

/** The folder itself, as the file of changes with a name. */
export const FOLDER = ".";

/** `= -1 EIO (Input/output error) (INJECTED)`, and the end of the arguments. */
const RESULT_LENGTH_MAX = 100;

interface Call {
  readonly name: string;
  readonly args: string;
  readonly changeId?: number | undefined;
  /** What was complete when a sync began. */
  readonly covered?: readonly number[];
}

/**
 * Reads a trace.
 *
 * @param text What strace wrote.
 * @param folder The folder to look at, without links in its path.
 * @param known Names of files that are in the folder before.
 * @returns The steps.
 * @throws When there is a call that would have to be understood and is not.
 */
export function readTrace(
  text: string,
  folder: string,
  known: readonly string[],
): Step[] {
  const reader = new TraceReader(folder, known);
  for (let at = 0; at < text.length;) {
    const end = text.indexOf("\n", at);
    reader.read(text.slice(at, end === -1 ? text.length : end));
    at = end === -1 ? text.length : end + 1;
  }
  return reader.steps;
}

class TraceReader {
  readonly steps: Step[] = [];
  readonly #folder: string;
  readonly #names: Set<string>;
  /** Calls that a thread has begun. */
  readonly #begun = new Map<string, Call>();
  /** By file, changes that are complete and not synced. */
  readonly #complete = new Map<string, number[]>();
  readonly #files = new Map<number, string>();
  /** By file, the descriptors that were told of a failed sync. */
  readonly #told = new Map<string, Set<number>>();
  /** Set where Linux would have gone on in another way. */
  #isOver = false;
  #lastId = 0;

  constructor(folder: string, known: readonly string[]) {
    this.#folder = folder;
    this.#names = new Set(known);
  }

  read(line: string): void {
    if (this.#isOver) return;
    const resumed = /^(\d+) +<\.\.\. \w+ resumed>(.*)$/s.exec(line);
    if (resumed) {
      const [, thread = "", rest = ""] = resumed;
      const call = this.#begun.get(thread);
      this.#begun.delete(thread);
      if (call) this.#end(call, rest);
      return;
    }
    const head = /^(\d+) +(\w+)\(/.exec(line);
    if (!head) return; // A signal, or the end of a thread.
    const [all, thread = "", name = ""] = head;
    const call = this.#begin(name, line.slice(all.length));
    if (line.endsWith("<unfinished ...>")) this.#begun.set(thread, call);
    else this.#end(call, line.slice(-RESULT_LENGTH_MAX));
  }

  #begin(name: string, args: string): Call {
    const file = this.#fileOf(args);
    switch (name) {
      case "write":
      case "writev":
      case "sendto":
      case "sendmsg": {
        if (file !== undefined) {
          throw new Error(`Cannot place ${name} in ${file}`);
        }
        if (/^\d+<(?:\\x\w\w)*>/.test(args) && isSocket(args)) {
          this.steps.push({ kind: "said", text: textOf(args) });
        }
        return { name, args };
      }
      case "pwrite64": {
        if (file === undefined) return { name, args };
        const [, data = "", offset] = /"([^"]*)", \d+, (\d+)/.exec(args) ?? [];
        const change = {
          kind: "write",
          offset: Number(offset),
          data: bytesOf(data),
        } as const;
        return { name, args, changeId: this.#change(file, change) };
      }
      case "ftruncate": {
        if (file === undefined) return { name, args };
        const change = {
          kind: "truncate",
          size: Number(/>, (\d+)/.exec(args)?.[1]),
        } as const;
        return { name, args, changeId: this.#change(file, change) };
      }
      case "unlink":
      case "unlinkat": {
        const path = this.#nameOf(args);
        if (path === undefined || !this.#names.delete(path)) {
          return { name, args };
        }
        return {
          name,
          args,
          changeId: this.#change(FOLDER, { kind: "remove", name: path }),
        };
      }
      case "openat": {
        const path = this.#nameOf(args);
        const makes = path !== undefined && args.includes("O_CREAT") &&
          !this.#names.has(path);
        if (path !== undefined && args.includes("O_TRUNC") && !makes) {
          throw new Error(`Cannot follow a file that is opened empty: ${path}`);
        }
        if (!makes) return { name, args };
        this.#names.add(path);
        return {
          name,
          args,
          changeId: this.#change(FOLDER, { kind: "create", name: path }),
        };
      }
      case "fsync":
      case "fdatasync":
        return {
          name,
          args,
          covered: [...this.#complete.get(file ?? "") ?? []],
        };
      default:
        if (file === undefined && this.#nameOf(args) === undefined) {
          return { name, args };
        }
        throw new Error(
          `Cannot follow ${name} on ${file ?? this.#nameOf(args)}`,
        );
    }
  }

  #end({ args, changeId, covered }: Call, result: string): void {
    const hasFailed = /\) += -1 /.test(result);
    if (covered && this.#wouldFail(args, hasFailed)) {
      this.#isOver = true;
      return;
    }
    if (changeId !== undefined && !hasFailed) {
      const file = this.#files.get(changeId) ?? "";
      this.#complete.set(file, [...this.#complete.get(file) ?? [], changeId]);
    }
    if (!covered || covered.length === 0) return;
    const file = this.#fileOf(args) ?? "";
    this.steps.push({
      kind: hasFailed ? "sync failed" : "synced",
      ids: covered,
    });
    const done = new Set(covered);
    const left = this.#complete.get(file)?.filter((id) => !done.has(id)) ?? [];
    this.#complete.set(file, left);
  }

  /**
   * Returns whether a sync that succeeded would have failed: once one of a file has, Linux
   * tells each other descriptor of it, too.
   */
  #wouldFail(args: string, hasFailed: boolean): boolean {
    const file = this.#fileOf(args);
    if (file === undefined) return false;
    const descriptor = parseInt(args);
    const told = this.#told.get(file);
    if (!hasFailed) return told !== undefined && !told.has(descriptor);
    this.#told.set(file, new Set(told).add(descriptor));
    return false;
  }

  #change(file: string, change: Change): number {
    const id = ++this.#lastId;
    this.#files.set(id, file);
    this.steps.push({ kind: "change", id, file, change });
    return id;
  }

  /** The file that a descriptor leads to, if it is one of the folder's, or the folder. */
  #fileOf(args: string): string | undefined {
    const [, hex] = /^\d+<((?:\\x\w\w)*)>/.exec(args) ?? [];
    if (hex === undefined) return undefined;
    return this.#inFolder(textOf(`"${hex}"`));
  }

  /** The file of the folder that a path names. */
  #nameOf(args: string): string | undefined {
    const [, hex] = /"((?:\\x\w\w)*)"/.exec(args) ?? [];
    const name = hex === undefined
      ? undefined
      : this.#inFolder(textOf(`"${hex}"`));
    return name === FOLDER ? undefined : name;
  }

  #inFolder(path: string): string | undefined {
    if (path === this.#folder) return FOLDER;
    if (!path.startsWith(`${this.#folder}/`)) return undefined;
    const name = path.slice(this.#folder.length + 1);
    // The index of the log is no more after a crash, and the lock is empty.
    return /\.db(?:-wal|-journal)?$/.test(name) ? name : undefined;
  }
}

function isSocket(args: string): boolean {
  return textOf(`"${/^\d+<((?:\\x\w\w)*)>/.exec(args)?.[1] ?? ""}"`)
    .startsWith("socket:");
}

/** All strings of a call, one after the other. */
function textOf(args: string): string {
  const strings = args.match(/"(?:\\x\w\w)*"/g) ?? [];
  const decoder = new TextDecoder("latin1");
  return strings.map((one) => decoder.decode(bytesOf(one.slice(1, -1)))).join(
    "",
  );
}

function bytesOf(escaped: string): Uint8Array {
  const bytes = new Uint8Array(escaped.length / 4);
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = hexDigit(escaped, i * 4 + 2) << 4 | hexDigit(escaped, i * 4 + 3);
  }
  return bytes;
}

function hexDigit(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code < 58 ? code - 48 : code - 87;
}
