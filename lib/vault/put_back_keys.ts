import type { Store } from "../store/store.ts";
import type { ClientOptions } from "../store/client_options.ts";
import type { HeldKeys } from "./held_keys.ts";
import { tellFailure } from "./tell_failure.ts";

/** The keys that a server seals with, in whichever thread they are. */
export type ServerKeyHolder = Pick<HeldKeys, "lacking" | "putBack">;

/**
 * Puts keys back that the key store lacks, as long as this server holds them: what they
 * have sealed could not be read otherwise. Never one that may have been destroyed: nothing
 * is erased meanwhile, and of whom anything was since the key was found, it is left.
 *
 * @returns Whether it lacked any, and can be used again.
 */
export async function putBackKeys(
  holder: ServerKeyHolder,
  store: Pick<Store, "withUnerased">,
  options: ClientOptions,
): Promise<boolean> {
  try {
    const lacking = await holder.lacking();
    if (lacking.length === 0) return false;
    let count = 0;
    await store.withUnerased(lacking, async (owners) => {
      count = await holder.putBack(owners);
    });
    options.onFailure?.({
      message:
        `The key store lacked ${lacking.length} of the data keys in use, as an older copy of it would: ${count} put back`,
      hint:
        "See what put another key store in its place: it may lack others, which no running server has used of late",
    });
    return true;
  } catch (error) {
    tellFailure(error, options);
    return false;
  }
}
