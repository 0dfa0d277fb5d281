import { assertEquals } from "@std/assert";
import { destinationInfo } from "../../lib/views/destination_info.ts";
import { DESTINATION_DEFAULTS } from "../../lib/config/destination_members.ts";
import type { DestinationTarget } from "../../lib/destinations/destination_config.ts";

function targetOf(target: DestinationTarget): string {
  const config = { ...DESTINATION_DEFAULTS, name: "app", target };
  return destinationInfo(config).target;
}

Deno.test("destinationInfo() shows no more of a target than is safe", () => {
  const urls: [url: string, shown: string][] = [
    ["http://127.0.0.1:8080/", "http://127.0.0.1:8080"],
    ["http://127.0.0.1:8080", "http://127.0.0.1:8080"],
    ["https://app.example/hook", "https://app.example/…"],
    ["https://hooks.example/T0/B1/canary", "https://hooks.example/…"],
    ["https://app.example/?token=canary", "https://app.example/…"],
    ["https://app.example?token=canary", "https://app.example/…"],
    ["https://canary:canary@app.example/", "https://app.example"],
    ["https://app.example/#canary", "https://app.example"],
  ];
  for (const [url, shown] of urls) {
    assertEquals(targetOf({ kind: "http", url, secret: "canary" }), shown);
  }
  const commands: [command: [string, ...string[]], shown: string][] = [
    [["./notify.sh"], "./notify.sh"],
    [["./notify.sh", "--token", "canary"], "./notify.sh …"],
    [["/opt/a b/run", ""], "/opt/a b/run …"],
  ];
  for (const [command, shown] of commands) {
    assertEquals(targetOf({ kind: "exec", command }), shown);
  }
  const path = "/srv/handlers.mjs";
  assertEquals(targetOf({ kind: "module", path }), path);
});

Deno.test("destinationInfo() leaves out what is no business of a reader", () => {
  const info = destinationInfo({
    ...DESTINATION_DEFAULTS,
    name: "app",
    target: { kind: "http", url: "http://127.0.0.1:8080/", secret: "canary" },
    filter: { data: { id: "canary" } },
    events: ["inquiry.*"],
    order: "none",
  });
  assertEquals(info, {
    name: "app",
    kind: "http",
    target: "http://127.0.0.1:8080",
    events: ["inquiry.*"],
    order: "none",
  });
});
