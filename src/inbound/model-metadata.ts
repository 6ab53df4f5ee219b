import type { ServedModel } from "../core/call-router.ts";
import type { JsonMembers, JsonValue } from "../core/provider.ts";
import type { TokenPrices } from "../core/token-prices.ts";

/** What is known of a name that callers may use, over all deployments that it leads to. What is not known is left out. */
export interface ModelMetadata {
  readonly mode: string | undefined;
  readonly maxInputTokens: number | undefined;
  readonly maxOutputTokens: number | undefined;
  readonly prices: MetadataPrices;
  /** Those of prompts of more tokens than each says, the shortest first. */
  readonly longPrompts: readonly (MetadataPrices & { readonly aboveTokens: number })[];
  /** OpenAI's parameters of a chat that all of the deployments take. Undefined where that is not known, and for what is no chat. */
  readonly parameters: readonly string[] | undefined;
  /** By LiteLLM's names (`supports_vision`): true where all can, false where one is known not to. */
  readonly abilities: Readonly<Record<string, boolean>>;
}

/** US dollars per token. */
export interface MetadataPrices {
  readonly inputCostPerToken: number | undefined;
  readonly outputCostPerToken: number | undefined;
  readonly cacheReadCostPerToken: number | undefined;
  readonly cacheWriteCostPerToken: number | undefined;
}

/** What callers may want to know before they send something; LiteLLM's names. */
const abilityNames = [
  "assistant_prefill",
  "audio_input",
  "audio_output",
  "computer_use",
  "embedding_image_input",
  "function_calling",
  "native_streaming",
  "parallel_function_calling",
  "pdf_input",
  "prompt_caching",
  "reasoning",
  "response_schema",
  "system_messages",
  "tool_choice",
  "url_context",
  "video_input",
  "vision",
  "web_search",
].map((name) => `supports_${name}`);

/** Parameters of a chat that a model can take only with an ability. */
const parametersOf: Readonly<Record<string, readonly string[]>> = {
  supports_function_calling: ["tools", "tool_choice", "parallel_tool_calls", "functions", "function_call"],
  supports_tool_choice: ["tool_choice"],
  supports_parallel_function_calling: ["parallel_tool_calls"],
  supports_response_schema: ["response_format"],
  supports_sampling_params: ["temperature", "top_p"],
  supports_reasoning: ["reasoning_effort"],
  supports_audio_output: ["audio", "modalities"],
  supports_web_search: ["web_search_options"],
};

/** Abilities that a model lacks of which others are told and these are not. */
const toldWherePresent: ReadonlySet<string> = new Set([
  "supports_function_calling",
  "supports_reasoning",
  "supports_audio_output",
  "supports_web_search",
]);

/** A call may go to any of the deployments: so the smallest sizes, the dearest prices and what all of them can. */
export function modelMetadata(models: readonly ServedModel[]): ModelMetadata {
  // Many deployments are of one model, and then share what is known of it.
  const known = [
    ...new Set(models.map(({ deployment, upstreamModel }) => deployment.info.known?.(upstreamModel) ?? deployment.info.modelInfo)),
  ];
  const prices = models.map(({ deployment, upstreamModel }) => deployment.pricesOf?.(upstreamModel) ?? deployment);
  const lengths = new Set(prices.flatMap(({ tiers = [] }) => tiers.map(({ aboveTokens }) => aboveTokens)));
  const mode = models.find(({ deployment }) => deployment.info.mode !== undefined)?.deployment.info.mode;
  const knownMode = known.map((facts) => facts["mode"]).find((one) => typeof one === "string");
  return {
    mode: mode ?? knownMode,
    maxInputTokens: smallest([
      ...models.map(({ deployment }) => deployment.maxInputTokens),
      ...known.map((facts) => facts["max_input_tokens"]),
    ]),
    maxOutputTokens: smallest(known.map((facts) => facts["max_output_tokens"])),
    prices: dearest(prices),
    longPrompts: [...lengths]
      .toSorted((a, b) => a - b)
      .map((aboveTokens) => ({
        aboveTokens,
        ...dearest(prices.map((one) => one.tiers?.findLast((tier) => tier.aboveTokens <= aboveTokens) ?? one)),
      })),
    parameters: (mode ?? knownMode ?? "chat") === "embedding" ? undefined : commonParameters(models),
    abilities: Object.fromEntries(abilityNames.flatMap((name) => abilityOf(name, known))),
  };
}

/** The members of {@link ModelMetadata} by LiteLLM's names, those that are known. */
export function metadataJson({
  mode,
  maxInputTokens,
  maxOutputTokens,
  prices,
  longPrompts,
  parameters,
  abilities,
}: ModelMetadata): JsonMembers {
  const members: readonly (readonly [string, JsonValue | undefined])[] = [
    ["mode", mode],
    ["max_input_tokens", maxInputTokens],
    ["max_output_tokens", maxOutputTokens],
    ...namedPrices(prices, ""),
    ...longPrompts.flatMap((longer) => namedPrices(longer, `_above_${longer.aboveTokens / 1_000}k_tokens`)),
    ["supported_openai_params", parameters],
    ...Object.entries(abilities),
  ];
  return Object.fromEntries(members.filter((member): member is [string, JsonValue] => member[1] !== undefined));
}

function namedPrices(prices: MetadataPrices, suffix: string): readonly (readonly [string, number | undefined])[] {
  return [
    [`input_cost_per_token${suffix}`, prices.inputCostPerToken],
    [`output_cost_per_token${suffix}`, prices.outputCostPerToken],
    [`cache_read_input_token_cost${suffix}`, prices.cacheReadCostPerToken],
    [`cache_creation_input_token_cost${suffix}`, prices.cacheWriteCostPerToken],
  ];
}

function dearest(prices: readonly Omit<TokenPrices, "tiers">[]): MetadataPrices {
  return {
    inputCostPerToken: largest(prices.map((one) => one.inputCostPerToken)),
    outputCostPerToken: largest(prices.map((one) => one.outputCostPerToken)),
    // Where a deployment has no price of its own for these, they cost what others cost.
    cacheReadCostPerToken: prices.some((one) => one.cacheReadCostPerToken !== undefined)
      ? largest(prices.map((one) => one.cacheReadCostPerToken ?? one.inputCostPerToken))
      : undefined,
    cacheWriteCostPerToken: prices.some((one) => one.cacheWriteCostPerToken !== undefined)
      ? largest(prices.map((one) => one.cacheWriteCostPerToken ?? one.inputCostPerToken))
      : undefined,
  };
}

function commonParameters(models: readonly ServedModel[]): readonly string[] | undefined {
  let common: readonly string[] | undefined;
  const seen = new Set<string>();
  for (const { deployment, upstreamModel } of models) {
    const taken = deployment.adapter.chatParameters?.(upstreamModel);
    if (taken === undefined) return undefined;
    const able = withAbilities(taken, deployment.info.known?.(upstreamModel) ?? deployment.info.modelInfo);
    const key = able.join();
    if (seen.has(key)) continue;
    seen.add(key);
    const here = new Set(able);
    common = common === undefined ? able : common.filter((name) => here.has(name));
  }
  return common?.toSorted();
}

function withAbilities(parameters: readonly string[], facts: JsonMembers): readonly string[] {
  const isTold = Object.keys(facts).some((name) => name.startsWith("supports_"));
  const lacking = Object.entries(parametersOf).flatMap(([ability, names]) => {
    const has = facts[ability];
    return has === false || (has !== true && isTold && toldWherePresent.has(ability)) ? names : [];
  });
  return lacking.length === 0 ? parameters : parameters.filter((name) => !lacking.includes(name));
}

/** @returns The ability's name and whether all have it, or nothing where that is not known. */
function abilityOf(name: string, known: readonly JsonMembers[]): readonly (readonly [string, boolean])[] {
  const told = known.map((facts) => facts[name]);
  if (told.includes(false)) return [[name, false]];
  return told.length > 0 && told.every((value) => value === true) ? [[name, true]] : [];
}

function smallest(values: readonly (JsonValue | undefined)[]): number | undefined {
  return values.reduce<number | undefined>((least, value) => {
    const number = countOf(value);
    return number === undefined || (least !== undefined && least <= number) ? least : number;
  }, undefined);
}

/** A count, which the configuration may give as text. */
function countOf(value: JsonValue | undefined): number | undefined {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof number === "number" && Number.isSafeInteger(number) && number > 0 ? number : undefined;
}

function largest(values: readonly (number | undefined)[]): number | undefined {
  return values.reduce<number | undefined>(
    (most, value) => (value === undefined || (most !== undefined && most >= value) ? most : value),
    undefined,
  );
}
