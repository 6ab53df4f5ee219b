import { resolve } from "node:path";
import { loadConfig, type LoadedConfig, type LoadOptions, type LoadResult } from "../../../src/config/load/load-config.ts";
import { strategies } from "../../../src/strategies/index.ts";
import { FakeProviders } from "./fake-providers.ts";

/** Loads a configuration from texts: one, or several by path, of which `config.yaml` is the main one. */
export function load(texts: string | Readonly<Record<string, string>>, options: Partial<LoadOptions> = {}): Promise<LoadResult> {
  const files = new Map(
    Object.entries(typeof texts === "string" ? { "config.yaml": texts } : texts).map(([path, text]) => [resolve(path), text]),
  );
  return loadConfig("config.yaml", {
    env: {},
    readFile: async (path) => {
      const text = files.get(resolve(path));
      if (text === undefined) throw Object.assign(new Error(`no ${path}`), { code: "ENOENT" });
      return text;
    },
    skipInvalid: false,
    providers: new FakeProviders(),
    strategies,
    importStrategy: () => Promise.reject(new Error("nothing to import")),
    ...options,
  });
}

/** Loads a configuration that is to have no problems. */
export async function loadValid(
  texts: string | Readonly<Record<string, string>>,
  options: Partial<LoadOptions> = {},
): Promise<LoadedConfig> {
  const { config, problems } = await load(texts, options);
  if (config === undefined) throw new Error(problems.map((problem) => `${problem.line}: ${problem.key}: ${problem.message}`).join("\n"));
  return config;
}

/** `line:column key: message` of each, to compare with. */
export function told(problems: LoadResult["problems"]): readonly string[] {
  return problems.map(({ line, column, key, message }) => `${line}:${column} ${key}: ${message}`);
}

/** A `model_list` of one deployment with these lines under `litellm_params`. */
export function oneDeployment(...params: readonly string[]): string {
  return [
    "model_list:",
    "  - model_name: group",
    "    litellm_params:",
    "      model: openai/gpt-4o",
    ...params.map((line) => `      ${line}`),
    "",
  ].join("\n");
}
