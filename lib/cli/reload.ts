// `reload`: has the running server reload its settings.

import { isJsonObject, type JsonValue } from "../json/json.ts";
import { InboxError } from "../errors.ts";
import { findHolder, locateStore } from "../store/open_store.ts";
import {
  askServer,
  refusalOf,
  SERVER_ADDRESS_FLAGS,
  serverOf,
} from "./ask_server.ts";
import { type Command, JSON_FLAG } from "./command.ts";
import { notify, print } from "./print.ts";

/** `persona-inbox reload` */
export const reloadCommand: Command = {
  name: "reload",
  summary: "Have the running server reload its settings, as on SIGHUP",
  operandsMax: 0,
  examples: ["reload"],
  flags: {
    ...JSON_FLAG,
    ...SERVER_ADDRESS_FLAGS,
  },
  async run(args, io) {
    const config = args.loadConfig("tool", io);
    const command = "reload";
    const { file, isKept } = locateStore(config.storeUrl);
    if (file !== null && !findHolder(config.storeUrl)) {
      throw new InboxError(
        "Cannot reload: no server holds the store",
        "A server reads its settings when it starts",
      );
    }
    const server = serverOf(config, {
      command,
      hint: ", or send the server a SIGHUP",
    });
    const hint =
      "Say where its local listener is: --admin-port PORT, or send it a SIGHUP";
    const request = { command, path: "/api/reload", content: {}, server, hint };
    const answer = await askServer(request, io);
    const faults = textsOf(answer.body, "faults");
    if (!answer.ok && faults.length === 0) throw refusalOf(answer, { command });
    const asJson = args.isJson(io);
    if (asJson) {
      const { changed, restart, last } = { ...Object(answer.body) };
      await print(JSON.stringify({ changed, restart, faults, last }), io);
    } else if (answer.ok) await print(answer.message, io);
    if (file === null && isKept) {
      const { localUrl } = server;
      await notify(
        `This is the server at ${localUrl} alone: others that share the store follow files of their own`,
        io,
      );
    }
    if (answer.ok) return 0;
    await notify(answer.message, io);
    return 2;
  },
};

function textsOf(body: JsonValue, key: string): readonly string[] {
  const texts = isJsonObject(body) ? body[key] : undefined;
  return Array.isArray(texts) ? texts.map(String) : [];
}
