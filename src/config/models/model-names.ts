import type { ModelRow, ModelTable } from "./model-table.ts";

/** Whose models a deployment has. */
export interface ModelHost {
  /** Its provider's name, and the prefix of its address, which is LiteLLM's name for the provider. */
  readonly provider: string;
  readonly prefix: string;
  /** Where it computes, where the configuration says: prices may differ by it. */
  readonly region?: string | undefined;
  /** Whether it has the models of all providers, which their names tell. Omit it for no. */
  readonly isAny?: boolean | undefined;
}

/** A name that a model may have in the table. */
interface TableName {
  readonly name: string;
  /** Whose row it must be. Undefined where the name says that itself. */
  readonly of: readonly string[] | undefined;
}

/**
 * Finds a model's row. Names are compared whole: another version of a model may have another price, and a wrong price is worse than none.
 * @param model As the provider knows it.
 */
export function findModel(table: ModelTable, host: ModelHost, model: string): ModelRow | undefined {
  for (const { name, of } of namesOf(host, model)) {
    const row = table.row(name);
    if (row !== undefined && (of === undefined || isOf(row, of))) return row;
  }
  return undefined;
}

function isOf({ litellm_provider: provider }: ModelRow, families: readonly string[]): boolean {
  return typeof provider === "string" && families.includes(familyOf(provider));
}

/** Finds the row of a `base_model`: the same provider's, that of the provider which it names, or the table's of this very name. */
export function findBaseModel(table: ModelTable, host: ModelHost, baseModel: string): ModelRow | undefined {
  const slash = baseModel.indexOf("/");
  const prefix = baseModel.slice(0, Math.max(slash, 0));
  return (
    findModel(table, host, baseModel) ??
    (slash === -1 ? undefined : findModel(table, { provider: prefix, prefix, region: host.region }, baseModel.slice(slash + 1))) ??
    table.row(baseModel)
  );
}

/** Whether the table has any models of a provider's. */
export function knowsModelsOf(table: ModelTable, { prefix, provider }: ModelHost): boolean {
  const families = [familyOf(prefix), familyOf(provider)];
  return families.some((family) => bareFamilies.has(family)) || [prefix, ...families].some((name) => table.hasNames(`${name}/`));
}

/** Providers whose models have no prefix in the table. */
const bareFamilies: ReadonlySet<string> = new Set(["openai", "anthropic", "bedrock", "vertex_ai"]);

function namesOf(host: ModelHost, model: string): readonly TableName[] {
  const families = [...new Set([familyOf(host.prefix), familyOf(host.provider)])];
  const bedrock = families.find((family) => family === "bedrock" || family === "bedrock_mantle");
  if (bedrock !== undefined) return bedrockNames(model, bedrock, host.region);
  const plain = model.replace(prefixesInNames, "");
  const names: TableName[] = [host.prefix, ...families].map((prefix) => ({ name: `${prefix}/${plain}`, of: undefined }));
  if (families.includes("fireworks_ai")) names.push({ name: `fireworks_ai/accounts/fireworks/models/${plain}`, of: undefined });
  // Azure's deployments cost what OpenAI asks wherever both lists have a model.
  names.push({ name: plain, of: families.includes("azure") ? ["openai"] : families });
  return names;
}

/** How Google's names may begin: `models/gemini-…`, `publishers/google/models/gemini-…`. */
const prefixesInNames = /^(?:publishers\/[^/]+\/)?models\//;

/** Words before a model's id that say how it is asked at Bedrock, and regions. */
const bedrockWord =
  /^(converse|converse_like|invoke|chat_completions|mantle|nova|nova-2|llama|deepseek_r1|qwen2|qwen3|moonshot|openai|[a-z]{2,4}(?:-[a-z]+)+-\d+)\//;
/** The ids of models and of profiles; an application's own profile does not say its model. */
const bedrockArn = /^arn:[^:]*:bedrock:([^:]*):[^:]*:(?:foundation-model|inference-profile)\/(.+)$/;
/** How much context is wanted, at the end of a name: `:51k`, `[1m]`. */
const wantedContext = /(?<=:\d+):\d+k$|\[\w+\]$/;
const profilePrefix = /^(?:us|us-gov|eu|apac|global|au|jp|ca|in)\./;

/** @param host `bedrock`, or `bedrock_mantle`, which is another host with prices of its own. */
function bedrockNames(model: string, host: string, region: string | undefined): readonly TableName[] {
  let rest = model;
  let place: string | undefined;
  let table = host;
  for (let word = bedrockWord.exec(rest); word !== null; word = bedrockWord.exec(rest)) {
    const [written, name = ""] = word;
    if (name === "mantle") table = "bedrock_mantle";
    else if (/-\d+$/.test(name) && name !== "nova-2") place ??= name;
    rest = rest.slice(written.length);
  }
  const [, arnRegion, arnId] = bedrockArn.exec(rest) ?? [];
  const id = (arnId ?? rest).replace(wantedContext, "");
  if (id.startsWith("arn:")) return [];
  const at = place ?? (arnRegion === "" ? undefined : arnRegion) ?? region;
  const own = id.replace(profilePrefix, "");
  const regional = own === id && at !== undefined ? [{ name: `${table}/${at}/${id}`, of: undefined }] : [];
  const ids = [...new Set([id, own])];
  const general = ids.flatMap((name): TableName[] => [
    ...(table === "bedrock" ? [{ name, of: ["bedrock"] }] : []),
    { name: `${table}/${name}`, of: undefined },
  ]);
  return [...regional, ...general];
}

/** The provider whose models a provider's or a table's name for it stands for: the table divides some by kinds of models. */
function familyOf(provider: string): string {
  if (provider.startsWith("vertex_ai")) return "vertex_ai";
  return provider.replace(/^text-completion-/, "").replace(/-embedding-models$|_(?:text|chat|converse)$/, "");
}
