import type * as Sdk from "@google/genai";
import {
  anything,
  base64,
  fieldsOf,
  flag,
  integer,
  listOf,
  matching,
  may,
  must,
  number,
  object,
  oneOf,
  type Shape,
  text,
  wordsOf,
} from "./shape.ts";

/** What Gemini's generateContent takes, member by member, as the types of Google's own package have them. */

type Raw<Type> = { [Key in keyof Type]: Type[Key] };
const optional = may(anything);

const type: Shape = (value, path) =>
  oneOf("STRING", "NUMBER", "INTEGER", "BOOLEAN", "ARRAY", "OBJECT", "NULL")(wordsOf(value).toUpperCase(), path);

const schema: Shape = (value, path) => schemaFields(value, path) ?? schemaFault(value as Sdk.Schema, path);

const schemaFields = fieldsOf<Sdk.Schema>({
  type: may(type),
  anyOf: may(listOf((value, path) => schema(value, path))),
  items: may((value, path) => schema(value, path)),
  properties: may((value, path) => {
    for (const [name, inner] of Object.entries(value as object)) {
      const fault = schema(inner as never, `${path}.${name}`);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }),
  enum: may(listOf((value, path) => text(value, path) ?? (value === "" ? `${path}: cannot be empty` : undefined))),
  required: may(listOf(text)),
  propertyOrdering: may(listOf(text)),
  description: may(text),
  title: may(text),
  format: may(text),
  pattern: may(text),
  nullable: may(flag),
  minimum: may(number()),
  maximum: may(number()),
  default: optional,
  example: optional,
  maxItems: optional,
  minItems: optional,
  maxLength: optional,
  minLength: optional,
  maxProperties: optional,
  minProperties: optional,
});

function schemaFault({ type: kind, properties, items, enum: values, required = [] }: Sdk.Schema, path: string): string | undefined {
  const upper = kind?.toUpperCase();
  if (properties !== undefined && Object.keys(properties).length === 0) return `${path}.properties: should be non-empty for OBJECT type`;
  if (upper === "ARRAY" && items === undefined) return `${path}.items: missing field.`;
  if (values !== undefined && upper !== "STRING") return `${path}.enum: only allowed for STRING type`;
  const unknown = required.find((name) => properties?.[name] === undefined);
  return unknown === undefined ? undefined : `${path}.required: property is not defined: ${unknown}`;
}

const blob = fieldsOf<{ mimeType: string; data: string }>({ mimeType: must(matching(/^[a-z]+\/[\w.+-]+$/)), data: must(base64) });
export const geminiToolName = /^[a-zA-Z_][a-zA-Z0-9_.:-]{0,63}$/;

const partFields = fieldsOf<Raw<Sdk.Part>>({
  text: may((value, path) => text(value, path) ?? (value === "" ? `${path}: must not be empty` : undefined)),
  thought: may(flag),
  thoughtSignature: may(base64),
  inlineData: may(blob),
  fileData: may(fieldsOf<Raw<Sdk.FileData>>({ fileUri: may(matching(/^(?:gs|https):\/\//)), mimeType: may(text), displayName: may(text) })),
  functionCall: may(
    fieldsOf<Raw<Sdk.FunctionCall>>({
      id: may(text),
      name: may(matching(geminiToolName)),
      args: may(object),
      partialArgs: optional,
      willContinue: may(flag),
    }),
  ),
  functionResponse: may(
    fieldsOf<Raw<Sdk.FunctionResponse>>({
      id: may(text),
      name: may(matching(geminiToolName)),
      response: may(object),
      parts: may(listOf(fieldsOf<{ inlineData?: unknown; fileData?: unknown }>({ inlineData: may(blob), fileData: may(object) }))),
      scheduling: optional,
      willContinue: may(flag),
    }),
  ),
  mediaResolution: may(object),
  toolCall: optional,
  toolResponse: optional,
  audioTranscription: optional,
  codeExecutionResult: optional,
  executableCode: optional,
  videoMetadata: optional,
  partMetadata: optional,
  mediaProcessing: optional,
  speechMetadata: optional,
});

const dataMembers = ["text", "inlineData", "fileData", "functionCall", "functionResponse", "executableCode", "codeExecutionResult"];

const part: Shape = (value, path) => {
  const fault = partFields(value, path);
  if (fault !== undefined) return fault;
  const given = dataMembers.filter((name) => (value as Record<string, unknown>)[name] !== undefined);
  return given.length === 1 ? undefined : `${path}: required oneof field 'data' must have one initialized field`;
};

const parts: Shape = (value, path) =>
  Array.isArray(value) && value.length === 0 ? `${path}: contents.parts must not be empty.` : listOf(part)(value, path);

const tool = fieldsOf<Raw<Sdk.Tool>>({
  functionDeclarations: may(
    listOf(
      fieldsOf<Raw<Sdk.FunctionDeclaration>>({
        name: may(matching(geminiToolName)),
        description: may(text),
        parameters: may(schema),
        parametersJsonSchema: may(object),
        response: may(schema),
        responseJsonSchema: may(object),
        behavior: optional,
      }),
    ),
  ),
  googleSearch: may(object),
  googleSearchRetrieval: may(object),
  googleMaps: may(object),
  codeExecution: may(object),
  urlContext: may(object),
  computerUse: may(object),
  enterpriseWebSearch: may(object),
  retrieval: may(object),
  mcpServers: optional,
  exaAiSearch: optional,
  parallelAiSearch: optional,
  fileSearch: may(object),
});

const generationConfig = fieldsOf<Raw<Sdk.GenerationConfig>>({
  temperature: may(number(0, 2)),
  topP: may(number(0, 1)),
  topK: may(number(1)),
  candidateCount: may(integer(1, 8)),
  maxOutputTokens: may(integer(1)),
  stopSequences: may((value, path) => (Array.isArray(value) && value.length > 5 ? `${path}: at most 5` : listOf(text)(value, path))),
  seed: may(integer(-2_147_483_648, 2_147_483_647)),
  presencePenalty: may(number(-2, 2)),
  frequencyPenalty: may(number(-2, 2)),
  responseMimeType: may(oneOf("application/json", "text/plain", "text/x.enum")),
  responseSchema: may(schema),
  responseJsonSchema: may(object),
  responseLogprobs: may(flag),
  logprobs: may(integer(0, 20)),
  responseModalities: may(listOf(oneOf("TEXT", "IMAGE", "AUDIO"))),
  thinkingConfig: may(
    fieldsOf<Raw<Sdk.ThinkingConfig>>({
      includeThoughts: may(flag),
      thinkingBudget: may(integer(-1)),
      thinkingLevel: may(matching(/^(?:minimal|low|medium|high)$/i)),
    }),
  ),
  mediaResolution: may(text),
  speechConfig: may(object),
  modelSelectionConfig: optional,
  audioTranscriptionConfig: optional,
  audioTimestamp: optional,
  enableAffectiveDialog: optional,
  responseFormat: optional,
  routingConfig: optional,
  enableEnhancedCivicAnswers: optional,
  translationConfig: optional,
});

/** The body of a request, which the package has no type for. */
interface GeminiBody {
  contents: unknown;
  systemInstruction?: unknown;
  tools?: unknown;
  toolConfig?: unknown;
  generationConfig?: unknown;
  safetySettings?: unknown;
  cachedContent?: string;
  labels?: unknown;
  serviceTier?: string;
}

export const geminiBody = fieldsOf<GeminiBody>({
  contents: must(listOf(fieldsOf<{ role: string; parts: unknown }>({ role: must(oneOf("user", "model")), parts: must(parts) }))),
  systemInstruction: may(fieldsOf<Raw<Sdk.Content>>({ role: may(text), parts: may(parts) })),
  tools: may(listOf(tool)),
  toolConfig: may(
    fieldsOf<Raw<Sdk.ToolConfig>>({
      functionCallingConfig: may(
        fieldsOf<Raw<Sdk.FunctionCallingConfig>>({
          mode: may(oneOf("AUTO", "ANY", "NONE", "VALIDATED")),
          allowedFunctionNames: may(listOf(matching(geminiToolName))),
          streamFunctionCallArguments: may(flag),
        }),
      ),
      retrievalConfig: optional,
      includeServerSideToolInvocations: may(flag),
    }),
  ),
  generationConfig: may(generationConfig),
  safetySettings: may(
    listOf(fieldsOf<Raw<Sdk.SafetySetting>>({ category: may(matching(/^HARM_CATEGORY_/)), threshold: may(text), method: may(text) })),
  ),
  cachedContent: may(text),
  labels: may(object),
  serviceTier: may(text),
});
