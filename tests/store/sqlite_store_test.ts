import { openSqliteReader } from "../../lib/store/sqlite_reader.ts";
import { openSqliteStore } from "../../lib/store/sqlite_store.ts";
import { TempDir } from "../support/temp_dir.ts";
import { testStore } from "./conformance.ts";

const BODY_BYTES_MAX = 1 << 20;

testStore({
  name: "sqlite file",
  isKept: true,
  async place() {
    const dir = await TempDir.make();
    const path = `${dir.path}/inbox.db`;
    return {
      open: () => openSqliteStore(path, { bodyBytesMax: BODY_BYTES_MAX }),
      openReader: () => openSqliteReader(path),
      [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
    };
  },
});

testStore({
  name: "sqlite::memory:",
  isKept: false,
  place: () =>
    Promise.resolve({
      open: () => openSqliteStore(":memory:", { bodyBytesMax: BODY_BYTES_MAX }),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    }),
});
