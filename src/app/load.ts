import { loadConfig, type LoadOptions, type LoadResult } from "../config/load/load-config.ts";
import { YamlParser } from "../config/yaml/yaml-parser.ts";
import { readFileInTime } from "../lib/read-file-in-time.ts";
import { providerRegistry } from "../providers/index.ts";
import { strategies } from "../strategies/index.ts";
import { importStrategy } from "./import-strategy.ts";

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
      readFile: (file) => readFileInTime(file),
      parse: (file, text) => parser.parse(file, text),
      ...options,
      providers: providerRegistry,
      strategies,
      importStrategy,
    });
}
