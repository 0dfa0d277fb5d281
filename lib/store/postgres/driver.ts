// The driver from npm, in a module that is named at run time only: whoever uses SQLite
// neither loads nor downloads it. `.ci/compile.ts` includes it by its name. It is pinned
// here, as `deno task` would download what `deno.json` names.

export {
  default as postgres,
  type Options,
  type PostgresType,
  type Sql,
} from "npm:postgres@3.4.9";
