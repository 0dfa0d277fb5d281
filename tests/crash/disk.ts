/**
 * A disk that loses power: what was synced is there, of the rest any part may be.
 *
 * @module
 */

import { type Change, FOLDER, type Step } from "./trace.ts";

/** A disk writes sectors whole. */
const SECTOR_BYTES = 512;

type ChangeStep = Extract<Step, { kind: "change" }>;

/** A change that reached the disk, or a part of it. */
export interface Reached {
  readonly step: ChangeStep;
  /** How many of its sectors, from which end; all of them unless said. */
  readonly torn?: { readonly sectors: number; readonly isTail: boolean };
}

/** A disk, up to some step of a recording. */
export class Disk {
  /** Contents, durable for sure; by file, of which there may be several with a name. */
  readonly #images = new Map<string, Image>();
  /** Files by name, as the folder durably has them. */
  readonly #folder = new Map<string, string>();
  readonly #pending = new Map<number, ChangeStep>();
  /** Changes that a failed sync may have dropped for good. */
  readonly #doubtful = new Set<number>();
  /** What a name stands for to the process, whatever the disk knows. */
  readonly #current = new Map<string, string>();
  readonly #fileOfChange = new Map<number, string>();

  constructor(base: ReadonlyMap<string, Uint8Array>) {
    for (const [name, bytes] of base) {
      this.#images.set(name, new Image(bytes));
      this.#folder.set(name, name);
      this.#current.set(name, name);
    }
  }

  /** Changes that are not durable for sure, in the order of their calls. */
  get pending(): readonly ChangeStep[] {
    return [...this.#pending.values()];
  }

  /** Goes on by a step. */
  apply(step: Step): void {
    switch (step.kind) {
      case "change": {
        const { id, file, change } = step;
        if (change.kind === "create") {
          this.#current.set(change.name, `${change.name}#${id}`);
        }
        const target = file === FOLDER && "name" in change ? change.name : file;
        this.#fileOfChange.set(id, this.#current.get(target) ?? target);
        this.#pending.set(id, step);
        break;
      }
      case "synced":
        for (const id of step.ids) {
          const pending = this.#pending.get(id);
          if (!pending || this.#doubtful.has(id)) continue;
          this.#pending.delete(id);
          this.#make({ step: pending }, this.#images, this.#folder);
          this.#dropReplaced(pending);
        }
        break;
      case "sync failed":
        for (const id of step.ids) this.#doubtful.add(id);
        break;
    }
  }

  /**
   * The files after a crash now.
   *
   * @param reached What reached the disk of what is pending.
   * @returns Their contents by name.
   */
  afterCrash(reached: readonly Reached[]): Map<string, Uint8Array> {
    const images = new Map(this.#images);
    const folder = new Map(this.#folder);
    for (const file of new Set(reached.map(({ step }) => this.#fileOf(step)))) {
      images.set(file, images.get(file)?.copy() ?? new Image());
    }
    for (const one of reached) this.#make(one, images, folder);
    return new Map(
      [...folder].map((
        [name, file],
      ) => [name, images.get(file)?.bytes ?? new Uint8Array()]),
    );
  }

  #fileOf({ id }: ChangeStep): string {
    return this.#fileOfChange.get(id) ?? "";
  }

  #make(
    { step, torn }: Reached,
    images: Map<string, Image>,
    folder: Map<string, string>,
  ): void {
    const { change } = step;
    const file = this.#fileOf(step);
    if (change.kind === "create") folder.set(change.name, file);
    else if (change.kind === "remove") folder.delete(change.name);
    else {
      const image = images.get(file) ?? new Image();
      images.set(file, image);
      image.change(change, torn);
    }
  }

  /** Nobody sees any more what is durably written over. */
  #dropReplaced({ id, change }: ChangeStep): void {
    if (change.kind !== "write" || this.#doubtful.size === 0) return;
    const file = this.#fileOfChange.get(id);
    for (const older of this.#doubtful) {
      const other = this.#pending.get(older)?.change;
      if (this.#fileOfChange.get(older) !== file || older > id) continue;
      if (other?.kind !== "write" || other.offset !== change.offset) continue;
      if (other.data.length > change.data.length) continue;
      this.#pending.delete(older);
      this.#doubtful.delete(older);
    }
  }
}

/** The contents of a file. */
class Image {
  #buffer: Uint8Array;
  #length: number;

  constructor(bytes: Uint8Array = new Uint8Array()) {
    this.#buffer = bytes.slice();
    this.#length = bytes.length;
  }

  get bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  copy(): Image {
    return new Image(this.bytes);
  }

  change(change: Change, torn: Reached["torn"]): void {
    if (change.kind === "truncate") this.#resize(change.size);
    if (change.kind !== "write") return;
    const { offset, data } = change;
    const cut = torn ? cutAt(offset, torn.sectors) : 0;
    if (!torn) this.#write(offset, data);
    else if (torn.isTail) this.#write(offset + cut, data.subarray(cut));
    else this.#write(offset, data.subarray(0, cut));
  }

  #write(offset: number, data: Uint8Array): void {
    if (data.length === 0) return;
    this.#resize(Math.max(this.#length, offset + data.length));
    this.#buffer.set(data, offset);
  }

  #resize(length: number): void {
    if (length > this.#buffer.length) {
      const larger = new Uint8Array(length * 2);
      larger.set(this.bytes);
      this.#buffer = larger;
    }
    if (length < this.#length) this.#buffer.fill(0, length);
    this.#length = length;
  }
}

/** Sectors are those of the file: the first piece of a write ends with its sector. */
function cutAt(offset: number, sectors: number): number {
  const first = SECTOR_BYTES - offset % SECTOR_BYTES;
  return first + (sectors - 1) * SECTOR_BYTES;
}
