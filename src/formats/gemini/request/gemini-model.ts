import type { ChatRules } from "../../kit/chat/chat-rules.ts";

/** What of a model decides how it is asked. */
export interface GeminiModel {
  /** 2.5, 3, 3.1; 0 for a model that is no Gemini, such as Gemma. */
  readonly generation: number;
  readonly size: "pro" | "flash" | "flash-lite";
  /** How it is told how much to think: by tokens (2.5), by a level (3 and later), or not at all. */
  readonly thinking: "budget" | "level" | "none";
  readonly takesMinimal: boolean;
  readonly takesMedium: boolean;
  readonly takesXhigh: boolean;
  /** Whether it chooses its words as the request says. Models of late do so by themselves. */
  readonly takesSampling: boolean;
  readonly takesSystem: boolean;
  /** Whether schemas may be JSON schemas, and not only Google's own kind. */
  readonly takesJsonSchema: boolean;
  /** Whether calls of tools have ids and proofs of the thinking behind them, and results of tools may hold images. */
  readonly hasCallIds: boolean;
  /** Whether an answer in JSON and tools go together. */
  readonly takesJsonWithTools: boolean;
}

/** What names without a number stand for: `gemini-flash-latest`. */
const latest = 3.5;
/** Tuned models and names of a gateway's own are asked as the oldest models that are served. */
const unknown = 2.5;

/** Tells what is known of a model: by its facts, and where there are none by its name. */
export function geminiModel(name: string, rules: ChatRules): GeminiModel {
  const id = name.slice(name.lastIndexOf("/") + 1).toLowerCase();
  const generation = generationOf(id);
  const size = /flash[-_]?lite/.test(id) ? "flash-lite" : id.includes("flash") ? "flash" : "pro";
  const fact = (what: string): boolean | undefined => {
    const value = rules.fact(name, what);
    return typeof value === "boolean" ? value : undefined;
  };
  const canThink = fact("supports_reasoning") ?? (generation >= 2.5 && !/image|tts|audio|live|computer-use/.test(id));
  const ownWords = (size === "flash-lite" && generation >= 3.5) || (size === "flash" && generation >= 3.6);
  return {
    generation,
    size,
    thinking: canThink ? (generation >= 3 ? "level" : "budget") : "none",
    takesMinimal: fact("supports_minimal_reasoning_effort") ?? (size !== "pro" && generation < 3.7),
    takesMedium: !id.startsWith("gemini-3-pro"),
    takesXhigh: fact("supports_xhigh_reasoning_effort") ?? false,
    takesSampling: fact("supports_sampling_params") ?? !(ownWords && generation < 4),
    takesSystem: fact("supports_system_messages") ?? !/^gemma-[123]/.test(id),
    takesJsonSchema: generation >= 2,
    hasCallIds: generation >= 3,
    takesJsonWithTools: generation >= 3,
  };
}

function generationOf(id: string): number {
  if (!id.includes("gemini")) return /^(?:gemma|learnlm|palm|chat-bison|text-bison)/.test(id) ? 0 : unknown;
  const number = Number(/gemini-(?:[a-z]+-)*?(\d(?:\.\d+)?)(?![\d])/.exec(id)?.[1]);
  if (Number.isNaN(number)) return id.includes("latest") ? latest : unknown;
  return number;
}
