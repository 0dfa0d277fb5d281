import { assertEquals, assertMatch } from "@std/assert";
import type { AdminRole } from "../../lib/config/admin_tokens.ts";
import { delivery } from "../support/deliveries.ts";
import { LocalRig } from "../support/local_rig.ts";

const TOKENS = [
  { name: "grafana", role: "read", token: "token-of-grafana" },
  { name: "alice", role: "operate", token: "token-of-alice" },
  { name: "bob", role: "reveal", token: "token-of-bob" },
] as const;

Deno.test("a token permits what its role permits, and the refusal names both", async () => {
  const table: [method: string, path: string, needed: AdminRole][] = [
    ["GET", "/api/events", "read"],
    ["GET", "/api/events/evt_1", "read"],
    ["GET", "/api/stats", "read"],
    ["GET", "/api/rejected", "read"],
    ["GET", "/metrics", "read"],
    ["POST", "/api/events/evt_1/replay", "operate"],
    ["POST", "/api/replay", "operate"],
    ["GET", "/api/events/evt_1?reveal=1", "reveal"],
    ["GET", "/api/rejected/none?reveal=1", "reveal"],
  ];
  await using rig = await LocalRig.make({ tokens: TOKENS });
  await rig.open.accept(delivery("evt_1"), ["app"]);
  const roles = TOKENS.map(({ role }) => role);
  for (const [method, path, needed] of table) {
    for (const { name, role, token } of TOKENS) {
      const headers = { authorization: `Bearer ${token}` };
      const response = await rig.fetch(path, { method, headers });
      const text = await response.text();
      const isPermitted = roles.indexOf(role) >= roles.indexOf(needed);
      const about = `${name} ${method} ${path}: ${text}`;
      assertEquals(response.status !== 403, isPermitted, about);
      if (isPermitted) continue;
      assertMatch(
        text,
        new RegExp(`the role ${needed}.*of ${name} is ${role}`),
      );
    }
  }
});

Deno.test("only a role that sees payloads can send them elsewhere or gets them unmasked", async () => {
  await using rig = await LocalRig.make({ tokens: TOKENS, isRevealing: true });
  await rig.open.accept(delivery("evt_1"));
  for (const { role, token } of TOKENS) {
    const headers = {
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
    };
    const sent = await rig.fetch("/api/events/evt_1/replay", {
      method: "POST",
      headers,
      body: JSON.stringify({ to: "http://127.0.0.1:18080/" }),
    });
    await sent.body?.cancel();
    assertEquals(sent.status === 403, role !== "reveal", role);
    const shown = await rig.fetch("/api/events/evt_1", { headers });
    const { isRevealed } = await shown.json();
    assertEquals(isRevealed, role === "reveal", role);
  }
});
