// The driver from npm, in a module that is named at run time only: whoever uses SQLite
// neither loads nor downloads it. `.ci/compile.ts` includes it by its name.

export { default as postgres } from "postgres";
