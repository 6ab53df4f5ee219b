import prices from "./prices.json" with { type: "json" };

/** What a model costs, in US dollars per token. */
export interface ListPrice {
  readonly inputCostPerToken: number;
  readonly outputCostPerToken: number;
}

const tables: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>> = prices.prices;
const sameAs: Readonly<Record<string, string>> = prices.sameAs;

const tokensPerPrice = 1_000_000;

/**
 * What a provider's price list says of a model, from `prices.json`, which names its sources and their date. Names are compared whole: another
 * version of a model may have another price, and a wrong price is worse than none.
 * @param provider Its name, as `openai` or `groq`.
 * @param model As the provider knows it.
 * @returns Undefined when the list does not say.
 */
export function listPrice(provider: string, model: string): ListPrice | undefined {
  const price = lookUp(provider, model);
  const like = price === undefined ? own(sameAs, provider) : undefined;
  return like === undefined ? price : lookUp(like, model);
}

/** Looks up the price of a `base_model`, which may name its provider too: `gpt-4o`, `azure/gpt-4o`. */
export function baseModelPrice(provider: string, baseModel: string): ListPrice | undefined {
  const slash = baseModel.indexOf("/");
  return listPrice(provider, baseModel) ?? (slash === -1 ? undefined : listPrice(baseModel.slice(0, slash), baseModel.slice(slash + 1)));
}

function lookUp(provider: string, model: string): ListPrice | undefined {
  const [input, output] = own(own(tables, provider) ?? {}, model) ?? [];
  return input === undefined || output === undefined
    ? undefined
    : { inputCostPerToken: input / tokensPerPrice, outputCostPerToken: output / tokensPerPrice };
}

/** Looks at own members only: no provider is called `constructor`. */
function own<Value>(table: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}
