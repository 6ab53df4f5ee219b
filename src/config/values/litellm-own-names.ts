import names from "./litellm-names.json" with { type: "json" };

/** What a name in `litellm_params` that is LiteLLM's own is for. */
type Topic = keyof typeof names;

const topics: ReadonlyMap<string, Topic> = new Map(
  Object.entries(names).flatMap(([topic, list]) => list.map((name) => [name, topic as Topic] as const)),
);

/** Families of names that LiteLLM goes on adding to. */
const families: readonly (readonly [RegExp, Topic])[] = [
  [/^_litellm_/, "internal"],
  [/^(?:aws|vertex|watsonx|azure|s3)_/, "credentials"],
  [/^(?:arize|langfuse|langsmith|posthog|humanloop|newrelic|signoz)_/, "callbacks"],
  [/^(?:input|output)_cost_per_|^cache_(?:creation|read)_input_.*token_cost/, "pricing"],
];

/**
 * Tells what a name in `litellm_params` is for that LiteLLM acts on itself and sends to no provider: keys of other services, prices, marks of
 * models, switches of its own. Such a name is never sent, whether or not it is acted on here.
 * @returns Undefined for a name that LiteLLM sends as a parameter of requests.
 */
export function litellmTopic(name: string): Topic | undefined {
  return topics.get(name) ?? families.find(([pattern]) => pattern.test(name))?.[1];
}

/** Whether a name is one of LiteLLM's, and does not only begin as some of them do. */
export function isLitellmName(name: string): boolean {
  return topics.has(name);
}

/** @returns What is lost where a name is not acted on. Undefined where nothing is. */
export function lossOf(topic: Topic): string | undefined {
  switch (topic) {
    case "credentials":
      return "belongs to a provider or a way to log in that Huntgroup does not speak natively yet, and is sent to nobody";
    case "limits":
      return "is a limit that is not kept yet";
    case "routing":
      return "is LiteLLM's own way of routing or of sending, which is not acted on yet";
    case "cache":
      return "is a setting of the response cache, which is not there yet";
    case "callbacks":
      return "is a setting of LiteLLM's callbacks, which are not acted on yet; it is sent to nobody";
    case "prompt management":
      return "is a setting of prompts or guardrails, which are not acted on yet";
    case "pricing":
      return "is a price of a kind that is not counted yet";
    case "internal":
      return "is LiteLLM's own, and is not acted on";
    case "model info":
      return undefined;
    default:
      return topic satisfies never;
  }
}
