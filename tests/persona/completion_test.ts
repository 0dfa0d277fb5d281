import { assert, assertEquals } from "@std/assert";
import { LanguageServer } from "../support/language_server.ts";

const IMPORTS = `import { defineHandlers } from "../lib/mod.ts";
import { includedOf, isEvent, isObject, type PersonaEvent, type PersonaObject } from "../lib/persona.ts";
declare const event: PersonaEvent;
declare const object: PersonaObject;
`;

Deno.test("editors complete names, types, attributes and statuses", async () => {
  await using server = await LanguageServer.start();
  const table: [text: string, offered: string[], not: string[]][] = [
    [
      `isEvent(event, "‸");`,
      [
        "inquiry.approved",
        "report/watchlist.matched",
        "workflow-run.completed",
      ],
      [],
    ],
    [
      `defineHandlers({ "‸": () => {} });`,
      ["inquiry.approved", "verification.passed"],
      [],
    ],
    [
      `isObject(object, "‸");`,
      ["account", "verification/government-id"],
      ["inquiry.approved"],
    ],
    [`includedOf(event, "‸");`, ["inquiry-session"], []],
    [
      `if (isEvent(event, "inquiry.approved")) event.object?.attributes.‸`,
      ["status", "referenceId", "fields", "reviewerComment"],
      ["files", "hasMatch"],
    ],
    [
      `if (isEvent(event, "inquiry.approved")) event.object?.relationships.‸`,
      ["account", "verifications"],
      ["case"],
    ],
    [
      `defineHandlers({ "report/*": (event) => { event.object?.attributes.‸ } });`,
      ["hasMatch", "status"],
      ["matchedLists"],
    ],
    [
      `defineHandlers({ "inquiry.approved": (event) => {
        if (event.object?.attributes.status === "‸") return;
      } });`,
      ["approved", "needs_review"],
      ["passed"],
    ],
    [
      `if (isEvent(event, "account.updated-tags")) event.context?.‸`,
      ["addedTags", "removedTags"],
      [],
    ],
    [
      `for (const verification of includedOf(event, "verification/selfie")) {
        verification.attributes.‸
      }`,
      ["centerPhotoUrl", "checks"],
      ["frontPhotoUrl"],
    ],
  ];
  for (const [text, offered, not] of table) {
    const labels = new Set(await server.complete(IMPORTS + text));
    for (const label of offered) {
      assert(labels.has(label), `${text} offers ${[...labels].slice(0, 20)}`);
    }
    assertEquals(not.filter((label) => labels.has(label)), [], text);
  }
});
