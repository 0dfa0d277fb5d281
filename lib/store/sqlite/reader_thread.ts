// The thread of a reader, so that a search through a million events blocks nothing else.

/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />

import { serveCalls } from "../../threads/call.ts";
import type { EventReader } from "../event_reader.ts";
import { openSqliteReader } from "./reader.ts";
import type { ReaderApi } from "./threaded_reader.ts";

let reader: EventReader | undefined;

serveCalls<ReaderApi>(self, {
  read: (path, name, args) => {
    reader ??= openSqliteReader(path);
    return Reflect.apply(reader[name], reader, args);
  },
  close: () => reader?.close(),
});
