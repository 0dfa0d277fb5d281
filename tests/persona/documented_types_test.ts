/** Holds the types against the facts by the compiler, whatever wrote them. */
import { assert, assertEquals } from "@std/assert";
import { readFacts } from "../../.ci/persona_types/facts.ts";
import type { Shape } from "../../.ci/persona_facts/shape.ts";
import { camelKey } from "../../lib/persona/inflection.ts";

const ROOT = new URL("../../", import.meta.url);

const HEAD = `import type {
  ContextFor,
  ObjectFor,
  PersonaObjects,
} from "${new URL("lib/persona.ts", ROOT).href}";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends
  (<T>() => T extends B ? 1 : 2) ? true : false;
type KindOf<T> = T extends string ? "string"
  : T extends number ? "number"
  : T extends boolean ? "boolean"
  : T extends readonly unknown[] ? "array"
  : T extends object ? "object" : never;
type Kinds<T> = {
  -readonly [Key in keyof T]-?: [KindOf<NonNullable<T[Key]>>, null extends T[Key] ? true : false];
};
/** How a value that is documented, and one that is not, stand to a type. */
type Takes<Value, T> = [Value extends T ? true : false, "(none)" extends T ? true : false];
declare function claim<_Claim extends true>(): void;
// @ts-expect-error: a claim must be able to fail
claim<Equal<Kinds<PersonaObjects["account"]["attributes"]>, {}>>();
`;

/** What the compiler says about a text; nothing when all is well. */
async function check(text: string): Promise<string> {
  const path = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(path, text);
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["check", "--quiet", "--config", "deno.json", path],
      cwd: ROOT,
      env: { NO_COLOR: "1" },
    }).output();
    return success ? "" : new TextDecoder().decode(stderr);
  } finally {
    await Deno.remove(path);
  }
}

function kindOf(shape: Shape): string {
  const kinds = shape.type.split("|").filter((type) => type !== "null").map(
    (type) =>
      JSON.stringify(
        type.startsWith("date")
          ? "string"
          : type === "integer"
          ? "number"
          : type,
      ),
  );
  return `[${kinds.join(" | ")}, ${shape.type.includes("null")}]`;
}

function unionOf(texts: readonly string[]): string {
  return texts.map((text) => JSON.stringify(text)).join(" | ");
}

Deno.test("every documented attribute, relationship, value, context and body is typed as documented", async () => {
  const facts = await readFacts();
  const claims: string[] = [];
  for (const object of facts.families.flatMap(({ objects }) => objects)) {
    const { type, attributes, relationships } = object;
    const typed = `PersonaObjects["${type}"]`;
    const kinds = Object.entries(attributes).map(([key, shape]) =>
      `${JSON.stringify(camelKey(key))}: ${kindOf(shape)};`
    );
    if (kinds.length > 0) {
      claims.push(
        `Equal<Kinds<${typed}["attributes"]>, { ${kinds.join(" ")} }>`,
      );
    }
    const roles = Object.keys(relationships).map(camelKey);
    if (roles.length > 0) {
      claims.push(
        `Equal<keyof ${typed}["relationships"], ${unionOf(roles)}>`,
      );
    }
    for (const [key, { type, values = [] }] of Object.entries(attributes)) {
      if (type.includes("array")) continue;
      if (values.length === 0) continue;
      claims.push(
        `Equal<Takes<${unionOf(values)}, ${typed}["attributes"]["${
          camelKey(key)
        }"]>, [true, false]>`,
      );
    }
  }
  for (const name of facts.events) {
    const kind = name.slice(0, name.lastIndexOf("."));
    const types = unionOf(facts.kinds[kind]?.types ?? []);
    claims.push(
      `Equal<Takes<${types}, ObjectFor<"${name}">["type"]>, [true, false]>`,
    );
  }
  for (const [name, context] of Object.entries(facts.contexts)) {
    const kinds = Object.entries(context).map(([key, shape]) =>
      `${JSON.stringify(camelKey(key))}: ${kindOf(shape)};`
    );
    if (kinds.length === 0) continue;
    claims.push(`Equal<Kinds<ContextFor<"${name}">>, { ${kinds.join(" ")} }>`);
  }
  assert(claims.length > 500);
  const body = claims.map((text) => `claim<${text}>();\n`).join("");
  assertEquals(await check(HEAD + body), "");
});
