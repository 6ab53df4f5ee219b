import type { ModelRow, ModelTable } from "./model-table.ts";

/** Whose models a deployment has. */
export interface ModelHost {
  /** Its provider's name, and the prefix of its address, which is LiteLLM's name for the provider. */
  readonly provider: string;
  readonly prefix: string;
  /** Where it computes, where the configuration says (`aws_region_name`): prices may differ by it. */
  readonly region?: string | undefined;
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
  if (families.includes("bedrock")) return bedrockNames(model, host.region);
  const plain = model.replace(prefixesInNames, "");
  const names: TableName[] = [host.prefix, ...families].map((prefix) => ({ name: `${prefix}/${plain}`, of: undefined }));
  if (families.includes("fireworks_ai")) names.push({ name: `fireworks_ai/accounts/fireworks/models/${plain}`, of: undefined });
  // Azure's deployments cost what OpenAI asks wherever both lists have a model.
  names.push({ name: plain, of: families.includes("azure") ? ["openai"] : families });
  return names;
}

/** How Google's names may begin: `models/gemini-…`, `publishers/google/models/gemini-…`. */
const prefixesInNames = /^(?:publishers\/[^/]+\/)?models\//;

/** Words before a model's id that say by which of Bedrock's APIs it is reached. */
const bedrockRoutes = /^(?:converse|converse_like|invoke|chat_completions|mantle|nova|nova-2|llama|openai)\//;
/** How much context is wanted, at the end of a name: `:51k`, `[1m]`. */
const wantedContext = /(?<=:\d):\d+k$|\[\w+\]$/;
const regionBefore = /^([a-z]{2}(?:-[a-z]+)+-\d+)\/(.+)$/;
/** The ids of models and of profiles; an application's own profile does not say its model. */
const bedrockArn = /^arn:[^:]*:bedrock:([^:]*):[^:]*:(?:foundation-model|inference-profile)\/(.+)$/;
const profilePrefix = /^(?:us|us-gov|eu|apac|global|au|jp|ca|in)\./;

function bedrockNames(model: string, region: string | undefined): readonly TableName[] {
  const routed = model.replace(bedrockRoutes, "").replace(wantedContext, "");
  const [, at, id] = bedrockArn.exec(routed) ?? regionBefore.exec(routed) ?? [undefined, region, routed];
  if (id === undefined) return [];
  const place = at === undefined || at === "" ? region : at;
  const own = id.replace(profilePrefix, "");
  const ids = own === id ? [id] : [id, own];
  const regional = own === id && place !== undefined ? [{ name: `bedrock/${place}/${id}`, of: undefined }] : [];
  return [
    ...regional,
    ...ids.flatMap((name): TableName[] => [
      { name, of: ["bedrock"] },
      { name: `bedrock/${name}`, of: undefined },
    ]),
  ];
}

/** The provider whose models a provider's or a table's name for it stands for: the table divides some by kinds of models. */
function familyOf(provider: string): string {
  if (provider.startsWith("vertex_ai")) return "vertex_ai";
  return provider.replace(/^text-completion-/, "").replace(/-embedding-models$|_(?:text|chat|converse)$/, "");
}
