import { readFileSync } from "node:fs";
import { registerHooks, type LoadHookSync } from "node:module";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

/** An import or an export at the beginning of a line, as no CommonJS module has it. */
const moduleSyntax = /^[ \t]*(?:export\b|import\b(?!\s*[(.]))/m;

/**
 * Takes what is written as a module for one, also where the `package.json` beside it says `"type": "commonjs"`: people keep their strategies in
 * folders of other programs.
 */
const load: LoadHookSync = (url, context, next) => {
  const { format } = context;
  if (!url.startsWith("file:") || (format !== "commonjs" && format !== "commonjs-typescript")) return next(url, context);
  if (!moduleSyntax.test(readFileSync(new URL(url), "utf8"))) return next(url, context);
  return next(url, { ...context, format: format === "commonjs" ? "module" : "module-typescript" });
};

/** Imports a user's strategy and the files that it imports. @returns The module. */
export async function importStrategy(file: string): Promise<unknown> {
  const hooks = registerHooks({ load });
  try {
    return await import(pathToFileURL(resolve(file)).href);
  } finally {
    hooks.deregister();
  }
}
