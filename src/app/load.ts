import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { loadConfig, type LoadOptions, type LoadResult } from "../config/load/load-config.ts";
import { providerRegistry } from "../providers/index.ts";
import { strategies } from "../strategies/index.ts";

/** Loads a configuration with all that this program knows, from the disk and the process's environment. */
export function loadProgramConfig(path: string, options: Pick<LoadOptions, "skipInvalid" | "overlay" | "texts">): Promise<LoadResult> {
  return loadConfig(path, {
    env: process.env,
    readFile: (file) => readFile(file, "utf8"),
    ...options,
    providers: providerRegistry,
    strategies,
    importStrategy: (file) => import(pathToFileURL(resolve(file)).href),
  });
}
