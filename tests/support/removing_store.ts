/** Gives the space of what was erased in a SQLite store back, until it is done or killed. */

import { openSqliteStore } from "../../lib/store/sqlite/open.ts";

const store = await openSqliteStore(Deno.args[0]!, { bodyBytesMax: 1 << 20 });
Deno.stdout.writeSync(new TextEncoder().encode("open\n"));
await store.reclaim();
await store.close();
