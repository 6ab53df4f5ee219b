import type * as Sdk from "@aws-sdk/client-bedrock-runtime";
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
  oneMember,
  oneOf,
  type Shape,
  text,
  wordsOf,
} from "./shape.ts";

/** What Converse takes, member by member, as the types of AWS's own package have them. */

type NamesOf<Union> = Union extends { $unknown: unknown } ? never : Exclude<keyof Union, "$unknown">;
/** The names of a union's members, of which one is given. */
type MembersOf<Union> = Record<NamesOf<Union>, unknown>;

const filled: Shape = (value, path) =>
  text(value, path) ?? (wordsOf(value).trim() === "" ? `The text field in the ContentBlock object at ${path} is blank.` : undefined);
const cachePoint = fieldsOf<Sdk.CachePointBlock>({ type: must(oneOf("default")), ttl: may(oneOf("5m", "1h")) });
export const converseToolName = /^[a-zA-Z0-9_-]{1,64}$/;
const toolName = matching(converseToolName);
const toolUseId = matching(/^[a-zA-Z0-9_-]{1,64}$/);

const image = fieldsOf<Sdk.ImageBlock>({
  format: must(oneOf("png", "jpeg", "gif", "webp")),
  source: must(oneMember<{ bytes: unknown; s3Location: unknown }>({ bytes: base64, s3Location: object })),
  error: may(anything),
});
const documentBlock = fieldsOf<Sdk.DocumentBlock>({
  format: may(oneOf("pdf", "csv", "doc", "docx", "xls", "xlsx", "html", "txt", "md")),
  name: must(matching(/^(?!.* {2})[a-zA-Z0-9 ()[\]-]{1,200}$/)),
  source: must(
    oneMember<{ bytes: unknown; s3Location: unknown; text: unknown; content: unknown }>({
      bytes: base64,
      s3Location: object,
      text,
      content: anything,
    }),
  ),
  context: may(text),
  citations: may(anything),
});

const content = {
  text: filled,
  image,
  document: documentBlock,
  video: object,
  audio: object,
  toolUse: fieldsOf<Sdk.ToolUseBlock>({ toolUseId: must(toolUseId), name: must(toolName), input: must(object), type: may(anything) }),
  toolResult: fieldsOf<Sdk.ToolResultBlock>({
    toolUseId: must(toolUseId),
    content: must(
      listOf(
        oneMember<MembersOf<Sdk.ToolResultContentBlock>>({
          text: filled,
          json: object,
          image,
          document: documentBlock,
          video: object,
          searchResult: object,
        }),
      ),
    ),
    status: may(oneOf("success", "error")),
    type: may(anything),
  }),
  reasoningContent: oneMember<MembersOf<Sdk.ReasoningContentBlock>>({
    reasoningText: fieldsOf<Sdk.ReasoningTextBlock>({ text: must(text), signature: may(matching(/./)) }),
    redactedContent: base64,
  }),
  cachePoint,
  guardContent: object,
  citationsContent: object,
  searchResult: object,
  toolAddition: object,
  toolRemoval: object,
} satisfies Record<keyof MembersOf<Sdk.ContentBlock>, Shape>;

const blocks: Shape = (value, path) =>
  Array.isArray(value) && value.length === 0
    ? `The content field in the Message object at ${path} is empty.`
    : listOf(oneMember(content))(value, path);

const tool = oneMember<MembersOf<Sdk.Tool>>({
  toolSpec: fieldsOf<Sdk.ToolSpecification>({
    name: must(toolName),
    description: may(filled),
    inputSchema: must(
      oneMember<{ json: unknown }>({
        json: (value, path) => object(value, path) ?? oneOf("object")((value as { type: string }).type ?? null, `${path}.type`),
      }),
    ),
    strict: may(flag),
  }),
  cachePoint,
  systemTool: object,
});

/** The address has the model, and not the body. */
export const converseBody = fieldsOf<Omit<Sdk.ConverseRequest, "modelId">>({
  messages: may(listOf(fieldsOf<Sdk.Message>({ role: must(oneOf("user", "assistant", "system")), content: must(blocks) }))),
  system: may(listOf(oneMember<MembersOf<Sdk.SystemContentBlock>>({ text: filled, cachePoint, guardContent: object }))),
  inferenceConfig: may(
    fieldsOf<Sdk.InferenceConfiguration>({
      maxTokens: may(integer(1)),
      temperature: may(number(0, 1)),
      topP: may(number(0, 1)),
      stopSequences: may(listOf((value, path) => text(value, path) ?? (value === "" ? `${path}: has length less than 1` : undefined))),
    }),
  ),
  toolConfig: may(
    fieldsOf<Sdk.ToolConfiguration>({
      tools: must((value, path) => (Array.isArray(value) && value.length === 0 ? `${path}: at least one tool` : listOf(tool)(value, path))),
      toolChoice: may(
        oneMember<MembersOf<Sdk.ToolChoice>>({
          auto: object,
          any: object,
          tool: fieldsOf<Sdk.SpecificToolChoice>({ name: must(toolName) }),
        }),
      ),
    }),
  ),
  guardrailConfig: may(object),
  additionalModelRequestFields: may(object),
  additionalModelResponseFieldPaths: may(listOf(matching(/^\//))),
  promptVariables: may(object),
  requestMetadata: may(object),
  performanceConfig: may(object),
  serviceTier: may(fieldsOf<Sdk.ServiceTier>({ type: must(oneOf("default", "flex", "priority", "reserved")) })),
  outputConfig: may(
    fieldsOf<Sdk.OutputConfig>({
      effort: may(text),
      textFormat: may(
        fieldsOf<Sdk.OutputFormat>({
          type: must(oneOf("json_schema")),
          structure: must(
            oneMember<{ jsonSchema: unknown }>({
              jsonSchema: fieldsOf<Sdk.JsonSchemaDefinition>({ schema: must(jsonText), name: may(toolName), description: may(text) }),
            }),
          ),
        }),
      ),
    }),
  ),
});

/** A schema is a text within the JSON. */
function jsonText(value: Parameters<Shape>[0], path: string): string | undefined {
  try {
    return object(JSON.parse(wordsOf(value)) as never, path);
  } catch {
    return `${path}: is no JSON`;
  }
}
