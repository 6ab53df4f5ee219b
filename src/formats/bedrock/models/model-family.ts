/** Models on Bedrock that want the same in words of their own. */
export type ModelFamily = "claude" | "nova" | "nova-2" | "gpt" | "gpt-oss" | "deepseek" | "deepseek-r1" | "other";

const families: readonly (readonly [RegExp, ModelFamily])[] = [
  [/anthropic|claude/, "claude"],
  [/nova-2|nova-premier-v2/, "nova-2"],
  [/amazon\.nova|\bnova-/, "nova"],
  [/gpt-oss/, "gpt-oss"],
  [/openai\.gpt-\d/, "gpt"],
  [/deepseek\.r1|deepseek-r1/, "deepseek-r1"],
  [/deepseek/, "deepseek"],
];

/** Whose model it is, by its id: regions before it and versions behind it do not matter. */
export function modelFamily(model: string): ModelFamily {
  const id = model.toLowerCase();
  return families.find(([pattern]) => pattern.test(id))?.[1] ?? "other";
}
