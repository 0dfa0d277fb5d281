import { StoreError } from "../errors.ts";

/** Resolves to what was read; undefined if the store cannot be read. */
export async function unlessUnreadable<Value>(
  reading: Promise<Value>,
): Promise<Value | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof StoreError) return undefined;
    throw error;
  }
}
