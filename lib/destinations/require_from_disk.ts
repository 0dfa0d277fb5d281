import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

/** A module object of Node's loader. */
interface LoadingModule {
  exports: unknown;
  _compile(code: string, path: string): void;
}

/**
 * Makes `require()` read files from the disk. In an executable it otherwise finds only
 * compiled-in files; `import` of ES modules has no such limit.
 */
export function requireFromDisk(): void {
  const { extensions } = createRequire(import.meta.url);
  const read = (path: string) => readFileSync(path, "utf8");
  const compile = (module: LoadingModule, path: string) =>
    module._compile(read(path), path);
  Object.assign(extensions, {
    ".js": compile,
    ".cjs": compile,
    ".json": (module: LoadingModule, path: string) => {
      module.exports = JSON.parse(read(path));
    },
  });
}
