/**
 * How models of one family are asked on Vertex AI:
 * - `gemini`: Google's own, by generateContent; tuned ones, which are a number, too.
 * - `claude`: Anthropic's Messages.
 * - `openapi`: models of others as a service, by the endpoint in OpenAI's format that they share.
 * - `openai`: an endpoint of the project's own that speaks OpenAI's format.
 * - `mistralai`, `ai21`: OpenAI's format, at the publisher's own models.
 */
export type VertexFamily = "gemini" | "claude" | "openapi" | "openai" | "mistralai" | "ai21";

/** A model's name taken apart. */
export interface VertexModel {
  readonly family: VertexFamily;
  /** Without what only tells the family. */
  readonly name: string;
  /** As it stands in a body. */
  readonly bodyName: string;
}

const patterns: readonly (readonly [RegExp, VertexFamily])[] = [
  [/^(?:anthropic\/)?(claude-.*)$/, "claude"],
  [/^(?:mistralai\/)?((?:mistral|codestral|ministral)-.*)$/, "mistralai"],
  [/^(?:ai21\/)?(jamba-.*)$/, "ai21"],
  [/^openai\/(\d+)$/, "openai"],
  [/^gemini\/(\d+)$/, "gemini"],
  // Gemma is served beside the models of others.
  [/^google\/(?!gemma)([^/]+)$/, "gemini"],
  // A resource is named whole: `projects/…`, `publishers/…`.
  [/^((?:projects|publishers|endpoints)\/.*)$/, "gemini"],
  [/^(.+\/.+)$/, "openapi"],
];

/** @param model As configured, behind its prefix. */
export function vertexModel(model: string): VertexModel {
  for (const [pattern, family] of patterns) {
    const name = pattern.exec(model)?.[1];
    // A version behind an `@` stands in Mistral's and AI21's addresses alone.
    if (name !== undefined)
      return { family, name, bodyName: family === "mistralai" || family === "ai21" ? name.replace(/@.*$/, "") : name };
  }
  return { family: "gemini", name: model, bodyName: model };
}
