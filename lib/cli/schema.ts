// `schema`: the JSON Schema of `inbox.json`.

import { inboxSchema } from "../config/inbox_schema.ts";
import type { Command } from "./command.ts";
import { print } from "./print.ts";

/** `persona-inbox schema` */
export const schemaCommand: Command = {
  name: "schema",
  summary: "Print the JSON Schema of inbox.json, for editors",
  operandsMax: 0,
  examples: ["schema > inbox.schema.json"],
  flags: {},
  async run(args, io) {
    args.throwFaults();
    const schema = inboxSchema({ isStandalone: Deno.build.standalone });
    await print(JSON.stringify(schema, null, 2), io);
    return 0;
  },
};
