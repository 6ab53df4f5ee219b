import { readFile } from "node:fs/promises";
import { loadConfig, type LoadResult } from "../../../src/config/load/load-config.ts";
import { providerRegistry } from "../../../src/providers/index.ts";
import { strategies } from "../../../src/strategies/index.ts";

/** Loads a configuration as `huntgroup check` does. */
export function loadConfigFile(path: string, env: Readonly<Record<string, string>>): Promise<LoadResult> {
  return loadConfig(path, {
    env,
    readFile: (file) => readFile(file, "utf8"),
    skipInvalid: false,
    providers: providerRegistry,
    strategies,
    importStrategy: () => Promise.reject(new Error("no strategies of one's own here")),
  });
}
