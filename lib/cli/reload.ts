// `reload`: has the running server read its settings anew.

import { isJsonObject, type JsonValue } from "../json/json.ts";
import { InboxError } from "../errors.ts";
import { askServer, findServer, refusalOf } from "./ask_server.ts";
import { type Command, settingFlags } from "./command.ts";
import { notify, print } from "./print.ts";

/** `persona-inbox reload` */
export const reloadCommand: Command = {
  name: "reload",
  summary: "Have the running server read its settings anew, as on SIGHUP",
  operandsMax: 0,
  examples: ["reload"],
  flags: {
    json: { help: "print JSON lines on a terminal too" },
    ...settingFlags("storeUrl"),
  },
  async run(args, io) {
    const config = args.loadConfig("tool", io);
    const command = "reload";
    const hint = ", or send the server a SIGHUP";
    const server = findServer(config, { command, hint });
    if (!server) {
      throw new InboxError(
        "Cannot reload: no server holds the store",
        "A server reads its settings when it starts",
      );
    }
    const request = { command, path: "/api/reload", content: {}, server };
    const answer = await askServer(request, io);
    const faults = textsOf(answer.body, "faults");
    if (!answer.ok && faults.length === 0) throw refusalOf(answer, { command });
    const asJson = args.has("json") || !io.stdoutIsTerminal;
    if (asJson) {
      const { changed, restart } = { ...Object(answer.body) };
      await print(JSON.stringify({ changed, restart, faults }), io);
    } else if (answer.ok) await print(answer.message, io);
    if (answer.ok) return 0;
    await notify(answer.message, io);
    return 2;
  },
};

function textsOf(body: JsonValue, key: string): readonly string[] {
  const texts = isJsonObject(body) ? body[key] : undefined;
  return Array.isArray(texts) ? texts.map(String) : [];
}
