import { loadConfig, type LoadOptions, type LoadResult } from "../config/load/load-config.ts";
import { YamlParser } from "../config/yaml/yaml-parser.ts";
import { readFileInTime } from "../lib/read-file-in-time.ts";
import type { Clock } from "../lib/clock.ts";
import { CredentialStore } from "../providers/credentials/credential-store.ts";
import { createProviderPlugins, createProviderRegistry } from "../providers/index.ts";
import { strategies } from "../strategies/index.ts";
import { importStrategy } from "./import-strategy.ts";

type ProgramLoader = (
  path: string,
  options: Pick<LoadOptions, "skipInvalid" | "knownFaults" | "overlay" | "texts" | "packed">,
) => Promise<LoadResult>;

/**
 * Makes what loads configurations from the disk and the process's environment, with all providers and strategies of this program.
 * @param clock Times the credentials of deployments that come into force.
 */
export function createProgramLoader(clock: Clock): ProgramLoader {
  const providers = createProviderRegistry(createProviderPlugins(new CredentialStore(clock)));
  const parser = new YamlParser();
  return (path, options) =>
    loadConfig(path, {
      env: process.env,
      readFile: (file) => readFileInTime(file),
      parse: (file, text) => parser.parse(file, text),
      ...options,
      providers,
      strategies,
      importStrategy,
    });
}
