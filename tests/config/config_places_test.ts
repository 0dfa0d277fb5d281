import { assertEquals } from "@std/assert";
import { delimiter } from "node:path";
import { programFolders, settingPlaces } from "../../lib/config/load_config.ts";
import { configSources, type FakeSources } from "../support/config_sources.ts";

Deno.test("settingPlaces() tells where settings stand, and no value", () => {
  const table: [sources: FakeSources, places: string[]][] = [
    [{}, []],
    [{ env: { PORT: "80" }, flags: { port: "81" } }, ["--port"]],
    [
      {
        env: { PORT: "80", HOST: "" },
        files: {
          ".env": "PERSONA_WEBHOOK_SECRET=hidden\nAPP_URL=http://hidden/",
          "inbox.json":
            '{"host":"::1","forwardUrl":"$APP_URL","destinations":[]}',
        },
      },
      [
        "PERSONA_WEBHOOK_SECRET in .env",
        "PORT",
        '"host" in inbox.json',
        '"forwardUrl" in inbox.json, $APP_URL',
        '"destinations" in inbox.json',
      ],
    ],
  ];
  for (const [sources, places] of table) {
    assertEquals(settingPlaces(configSources(sources)), places);
  }
});

Deno.test("programFolders() takes PATH apart", () => {
  const table: [path: string | undefined, folders: string[]][] = [
    [undefined, []],
    ["", []],
    [["/a", "", "/b c"].join(delimiter), ["/a", "/b c"]],
  ];
  for (const [path, folders] of table) {
    const env = path === undefined ? {} : { PATH: path };
    assertEquals(programFolders(configSources({ env })), folders);
  }
});
