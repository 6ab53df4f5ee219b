import type { JsonMembers, JsonValue } from "../../../core/provider.ts";
import type { WriteContext } from "../../kit/chat/chat-adapter.ts";
import { chatMembers, chatText, isMembers, refuse } from "../../kit/chat/chat-fields.ts";
import { cannotTake, mayDropParams } from "../../kit/chat/chat-rules.ts";
import type { ChatRequest, MediaPart } from "../../kit/chat/conversation.ts";
import type { GeminiModel } from "./gemini-model.ts";
import { thinkingConfigOf } from "./thinking.ts";
import { plainJsonSchema, writeSchema } from "./write-schema.ts";

/** Parameters that only change their name. */
const renamed: Readonly<Record<string, string>> = {
  n: "candidateCount",
  seed: "seed",
  presence_penalty: "presencePenalty",
  frequency_penalty: "frequencyPenalty",
  logprobs: "responseLogprobs",
  top_logprobs: "logprobs",
};

/** Gemini's own, which callers may give by these names or with underscores. */
const ownFields: ReadonlySet<string> = new Set([
  "audioTimestamp",
  "candidateCount",
  "enableAffectiveDialog",
  "enableEnhancedCivicAnswers",
  "imageConfig",
  "maxOutputTokens",
  "mediaResolution",
  "modelSelectionConfig",
  "responseFormat",
  "responseJsonSchema",
  "responseLogprobs",
  "responseMimeType",
  "responseModalities",
  "responseSchema",
  "routingConfig",
  "speechConfig",
  "stopSequences",
  "thinkingConfig",
  "topK",
  "topP",
  "translationConfig",
]);

/** @returns The name of one of Gemini's own fields of `generationConfig`; undefined for any other name. */
export function ownField(name: string): string | undefined {
  const own = inCamelCase(name);
  return ownFields.has(own) ? own : undefined;
}

export function inCamelCase(name: string): string {
  return name.replaceAll(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase());
}

/** Writes `generationConfig`: how answers are made, and of what kind they are. */
export function writeGenerationConfig(request: ChatRequest, model: GeminiModel, context: WriteContext): JsonMembers {
  const { maxTokens, stop, rest } = request;
  const config: Record<string, JsonValue> = { ...sampling(request, model, context) };
  for (const [name, own] of Object.entries(renamed)) {
    const value = rest[name];
    if (value !== undefined) config[own] = name === "seed" ? smallSeed(value) : value;
  }
  if (maxTokens !== undefined) config["maxOutputTokens"] = Math.max(Math.round(maxTokens), 1);
  if (stop.length > 0) config["stopSequences"] = stop;
  Object.assign(config, answerFormat(request, model, context), modalities(request, context));
  const resolution = mediaResolution(request);
  if (resolution !== undefined) config["mediaResolution"] = resolution;
  const thinkingConfig = thinkingConfigOf(request, model, context);
  if (thinkingConfig !== undefined) config["thinkingConfig"] = thinkingConfig;
  for (const [name, value] of Object.entries(rest)) {
    const own = name in renamed ? undefined : ownField(name);
    if (own !== undefined && own !== "topK") config[own] = value;
  }
  const given = rest["generationConfig"] ?? rest["generation_config"];
  return isMembers(given) ? { ...config, ...given } : config;
}

/** A seed of Gemini's has 32 bits, with a sign; callers' may have more. The same one always becomes the same. */
function smallSeed(value: JsonValue): JsonValue {
  if (typeof value !== "number" || !Number.isInteger(value)) return value;
  return value === (value | 0) ? value : Math.abs(value % seeds);
}

const seeds = 2 ** 31;

function sampling({ temperature, topP, rest }: ChatRequest, model: GeminiModel, context: WriteContext): JsonMembers {
  const topK = rest["top_k"] ?? rest["topK"];
  if (!model.takesSampling) {
    for (const [name, value] of [
      ["temperature", temperature === 1 ? undefined : temperature],
      ["top_p", topP],
      ["top_k", topK],
    ] as const) {
      if (value === undefined) continue;
      if (!mayDropParams(context.members, context.target.rules))
        throw cannotTake(context.target, name, ": its model chooses its words by itself");
      context.adjusted.add(name);
    }
    return temperature === 1 ? { temperature } : {};
  }
  return {
    ...(temperature === undefined ? {} : { temperature }),
    ...(topP === undefined ? {} : { topP }),
    ...(topK === undefined ? {} : { topK }),
  };
}

function answerFormat({ responseFormat: format, tools }: ChatRequest, model: GeminiModel, context: WriteContext): JsonMembers {
  if (format === undefined || format.kind === "text") return {};
  if (!model.takesJsonWithTools && tools.some(({ kind }) => kind === "function")) {
    if (!mayDropParams(context.members, context.target.rules)) {
      throw cannotTake(context.target, "response_format", " beside tools: its model answers in JSON or calls functions");
    }
    context.adjusted.add("response_format");
    return {};
  }
  const responseMimeType = "application/json";
  if (format.kind !== "schema") return { responseMimeType };
  if (model.takesJsonSchema) return { responseMimeType, responseJsonSchema: plainJsonSchema(format.schema) };
  const { schema, isLossy } = writeSchema(format.schema);
  if (isLossy) context.adjusted.add("response_format");
  return { responseMimeType, responseSchema: ordered(schema) };
}

/** Older models write properties in the order of the alphabet, unless they are told another. */
function ordered(schema: JsonMembers): JsonMembers {
  const { properties, items, anyOf } = schema;
  return {
    ...schema,
    ...(isMembers(properties)
      ? { properties: orderedEach(properties), propertyOrdering: schema["propertyOrdering"] ?? Object.keys(properties) }
      : {}),
    ...(isMembers(items) ? { items: ordered(items) } : {}),
    ...(Array.isArray(anyOf) ? { anyOf: (anyOf as readonly JsonMembers[]).map((one) => ordered(one)) } : {}),
  };
}

function orderedEach(properties: JsonMembers): JsonMembers {
  return Object.fromEntries(Object.entries(properties).map(([name, one]) => [name, isMembers(one) ? ordered(one) : one]));
}

/** What an answer is of besides text, and the voice that it is spoken with. */
function modalities({ rest }: ChatRequest, { members, target, adjusted }: WriteContext): JsonMembers {
  const { modalities: asked, audio } = rest;
  const kinds = Array.isArray(asked) ? (asked as readonly JsonValue[]) : [];
  const voice = chatText(chatMembers(audio, "audio")?.["voice"], "audio.voice");
  const format = chatText(chatMembers(audio, "audio")?.["format"], "audio.format");
  if (format !== undefined && format !== "pcm16") {
    if (!mayDropParams(members, target.rules)) throw cannotTake(target, "audio.format", ": its models speak pcm16");
    adjusted.add("audio.format");
  }
  return {
    ...(asked === undefined
      ? {}
      : {
          responseModalities: kinds.map((kind) =>
            typeof kind === "string" ? kind.toUpperCase() : refuse("modalities", "a list of texts"),
          ),
        }),
    ...(voice === undefined ? {} : { speechConfig: { voiceConfig: { prebuiltVoiceConfig: { voiceName: voice } } } }),
  };
}

const resolutions = ["low", "medium", "high"];

/** How closely images are looked at: the closest that one of them asks for. */
function mediaResolution({ conversation }: ChatRequest): string | undefined {
  let most = -1;
  const look = ({ detail }: Pick<MediaPart, "detail">): void => {
    most = Math.max(most, resolutions.indexOf(detail ?? "auto"));
  };
  for (const { parts } of conversation.turns) {
    for (const part of parts) {
      if (part.kind === "image") look(part);
      else if (part.kind === "tool_result") for (const inner of part.content) if (inner.kind === "image") look(inner);
    }
  }
  return most === -1 ? undefined : `MEDIA_RESOLUTION_${resolutions[most]?.toUpperCase()}`;
}
