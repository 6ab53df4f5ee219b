import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { loadConfig, type LoadOptions, type LoadResult } from "../config/load/load-config.ts";
import { YamlParser } from "../config/yaml/yaml-parser.ts";
import { providerRegistry } from "../providers/index.ts";
import { strategies } from "../strategies/index.ts";

type ProgramLoader = (
  path: string,
  options: Pick<LoadOptions, "skipInvalid" | "knownFaults" | "overlay" | "texts" | "packed">,
) => Promise<LoadResult>;

/** Makes what loads configurations from the disk and the process's environment, with all providers and strategies of this program. */
export function createProgramLoader(): ProgramLoader {
  const parser = new YamlParser();
  return (path, options) =>
    loadConfig(path, {
      env: process.env,
      readFile: (file) => readFile(file, "utf8"),
      parse: (file, text) => parser.parse(file, text),
      ...options,
      providers: providerRegistry,
      strategies,
      importStrategy: (file) => import(pathToFileURL(resolve(file)).href),
    });
}
