import { createHash } from "node:crypto";
import { countTokens, type MockRequest } from "./mock-answer.ts";

const defaultDimensions = 8;
const mostDimensions = 4_096;

/**
 * Answers an embeddings request with a unit vector for each input, which depends on nothing but that input. Vectors are arrays of floats, or
 * the base64 of 32-bit little-endian floats, which is what OpenAI's own clients ask for.
 */
export function embed(request: MockRequest): object {
  const { dimensions: asked } = request;
  const dimensions = typeof asked === "number" && asked >= 1 && asked <= mostDimensions ? Math.floor(asked) : defaultDimensions;
  const inputs = listInputs(request["input"]);
  const data = inputs.map((input, index) => {
    const vector = unitVector(input, dimensions);
    const embedding = request["encoding_format"] === "base64" ? toBase64(vector) : vector;
    return { object: "embedding", index, embedding };
  });
  const tokens = inputs.reduce((sum, input) => sum + countTokens(input), 0);
  return { object: "list", data, model: request["model"], usage: { prompt_tokens: tokens, total_tokens: tokens } };
}

/** The inputs as texts: one text, a list of texts, or token numbers, alone or in lists. */
function listInputs(input: unknown): string[] {
  if (!Array.isArray(input)) return [typeof input === "string" ? input : ""];
  const isTokens = input.length > 0 && input.every((item) => typeof item === "number");
  return isTokens ? [input.join(" ")] : input.map((item) => (Array.isArray(item) ? item.join(" ") : String(item)));
}

function unitVector(input: string, dimensions: number): number[] {
  const raw: number[] = [];
  for (let block = 0; raw.length < dimensions; block++) {
    const digest = createHash("sha256").update(`${block}:${input}`).digest();
    for (let at = 0; at < digest.length && raw.length < dimensions; at += 4) raw.push(digest.readInt32LE(at) / 2 ** 31);
  }
  const length = Math.hypot(...raw);
  return raw.map((value) => Math.fround(value / length));
}

function toBase64(vector: readonly number[]): string {
  const bytes = Buffer.alloc(vector.length * 4);
  for (const [index, value] of vector.entries()) bytes.writeFloatLE(value, index * 4);
  return bytes.toString("base64");
}
