import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { loadConfig } from "../../../../src/config/load/load-config.ts";
import type { providerRegistry } from "../../../../src/providers/index.ts";
import type { strategies } from "../../../../src/strategies/index.ts";

const project = join(import.meta.dirname, "../../../..");

/** A copy of `src` that runs, for a test that changes it as a newcomer would. Gone at the end of its block. */
export class CopyOfSrc implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), "huntgroup-src-"));

  constructor() {
    cpSync(join(project, "src"), join(this.#folder, "src"), { recursive: true });
    writeFileSync(join(this.#folder, "package.json"), '{"type":"module"}');
    for (const name of ["data", "node_modules"]) symlinkSync(join(project, name), join(this.#folder, name));
  }

  /** Adds a file. @param path Below `src`. */
  add(path: string, text: string): void {
    mkdirSync(dirname(this.#pathOf(path)), { recursive: true });
    writeFileSync(this.#pathOf(path), text);
  }

  /** Changes a file at the one place where `before` stands. */
  edit(path: string, before: string, after: string): void {
    const pieces = readFileSync(this.#pathOf(path), "utf8").split(before);
    assert.equal(pieces.length, 2, `${JSON.stringify(before)} does not stand in ${path} exactly once`);
    writeFileSync(this.#pathOf(path), pieces.join(after));
  }

  /** The module at a path below `src`, as `import` gives it. */
  async import<Module>(path: string): Promise<Module> {
    return (await import(pathToFileURL(this.#pathOf(path)).href)) as Module;
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true });
  }

  #pathOf(path: string): string {
    return join(this.#folder, "src", path);
  }
}

/** Loads a configuration as the copy does. */
export async function loadWith(copy: CopyOfSrc, yaml: string, env: Readonly<Record<string, string>>): ReturnType<typeof loadConfig> {
  const loading = await copy.import<{ readonly loadConfig: typeof loadConfig }>("config/load/load-config.ts");
  const providers = await copy.import<{ readonly providerRegistry: typeof providerRegistry }>("providers/index.ts");
  const listed = await copy.import<{ readonly strategies: typeof strategies }>("strategies/index.ts");
  return loading.loadConfig("config.yaml", {
    env,
    readFile: () => Promise.resolve(yaml),
    skipInvalid: false,
    providers: providers.providerRegistry,
    strategies: listed.strategies,
    importStrategy: (path) => import(path),
  });
}
