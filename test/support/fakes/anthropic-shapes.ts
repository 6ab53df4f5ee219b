import type * as Sdk from "@anthropic-ai/sdk/resources/messages/messages";
import {
  anything,
  base64,
  either,
  type Fields,
  fieldsOf,
  flag,
  integer,
  listOf,
  matching,
  may,
  must,
  never,
  number,
  object,
  oneOf,
  type Shape,
  text,
  typed,
} from "./shape.ts";

/** What Anthropic's Messages take, member by member, as the types of its own package have them. */

const cacheControl = fieldsOf<Sdk.CacheControlEphemeral>({ type: must(oneOf("ephemeral")), ttl: may(oneOf("5m", "1h")) });
const cached = { cache_control: may(cacheControl) };

const textBlock = fieldsOf<Sdk.TextBlockParam>({
  type: must(oneOf("text")),
  text: must((value, path) => text(value, path) ?? (value === "" ? "messages: text content blocks must be non-empty" : undefined)),
  citations: may(anything),
  ...cached,
});

const urlSource = fieldsOf<Sdk.URLImageSource>({ type: must(oneOf("url")), url: must(matching(/^https:\/\//)) });
const fileSource = fieldsOf<{ type: "file"; file_id: string }>({ type: must(oneOf("file")), file_id: must(text) });

const imageBlock = fieldsOf<Sdk.ImageBlockParam>({
  type: must(oneOf("image")),
  source: must(
    typed({
      base64: fieldsOf<Sdk.Base64ImageSource>({
        type: must(oneOf("base64")),
        media_type: must(oneOf("image/jpeg", "image/png", "image/gif", "image/webp")),
        data: must(base64),
      }),
      url: urlSource,
      file: fileSource,
    } satisfies Record<Sdk.ImageBlockParam["source"]["type"], Shape>),
  ),
  transformations: may(anything),
  ...cached,
});

const documentBlock = fieldsOf<Sdk.DocumentBlockParam>({
  type: must(oneOf("document")),
  source: must(
    typed({
      base64: fieldsOf<Sdk.Base64PDFSource>({
        type: must(oneOf("base64")),
        media_type: must(oneOf("application/pdf")),
        data: must(base64),
      }),
      text: fieldsOf<Sdk.PlainTextSource>({ type: must(oneOf("text")), media_type: must(oneOf("text/plain")), data: must(text) }),
      content: object,
      url: urlSource,
      file: fileSource,
    } satisfies Record<Sdk.DocumentBlockParam["source"]["type"], Shape>),
  ),
  title: may(text),
  context: may(text),
  citations: may(anything),
  ...cached,
});

/** Ids of calls. */
const id = matching(/^[a-zA-Z0-9_-]+$/);
const toolName = matching(/^[a-zA-Z0-9_-]{1,128}$/);

const blocks = {
  text: textBlock,
  image: imageBlock,
  document: documentBlock,
  thinking: fieldsOf<Sdk.ThinkingBlockParam>({ type: must(oneOf("thinking")), thinking: must(text), signature: must(matching(/./)) }),
  redacted_thinking: fieldsOf<Sdk.RedactedThinkingBlockParam>({ type: must(oneOf("redacted_thinking")), data: must(matching(/./)) }),
  tool_use: fieldsOf<Sdk.ToolUseBlockParam>({
    type: must(oneOf("tool_use")),
    id: must(id),
    name: must(toolName),
    input: must(object),
    caller: may(anything),
    toolset_name: may(text),
    ...cached,
  } satisfies Fields<Sdk.ToolUseBlockParam>),
  tool_result: fieldsOf<Sdk.ToolResultBlockParam>({
    type: must(oneOf("tool_result")),
    tool_use_id: must(id),
    content: may(either(text, listOf(typed({ text: textBlock, image: imageBlock, document: documentBlock })))),
    is_error: may(flag),
    toolset_name: may(text),
    ...cached,
  }),
  search_result: object,
  server_tool_use: object,
  web_search_tool_result: object,
  web_fetch_tool_result: object,
  code_execution_tool_result: object,
  bash_code_execution_tool_result: object,
  text_editor_code_execution_tool_result: object,
  tool_search_tool_result: object,
  container_upload: object,
} satisfies Record<Sdk.ContentBlockParam["type"], Shape>;

const someBlocks: Shape = (value, path) =>
  Array.isArray(value) && value.length === 0 ? `${path}: must have at least one block` : listOf(typed(blocks))(value, path);

const message = fieldsOf<{ role: Sdk.MessageParam["role"]; content: unknown }>({
  role: must(oneOf("user", "assistant", "system")),
  content: must(either((value, path) => text(value, path) ?? (value === "" ? `${path}: must be non-empty` : undefined), someBlocks)),
});

const thinking = typed({
  enabled: fieldsOf<Sdk.ThinkingConfigEnabled>({
    type: must(oneOf("enabled")),
    budget_tokens: must(integer(1024)),
    display: may(oneOf("summarized", "omitted")),
  }),
  adaptive: fieldsOf<Sdk.ThinkingConfigAdaptive>({ type: must(oneOf("adaptive")), display: may(oneOf("summarized", "omitted")) }),
  disabled: fieldsOf<Sdk.ThinkingConfigDisabled>({ type: must(oneOf("disabled")) }),
  between_tools: object,
} satisfies Record<Sdk.ThinkingConfigParam["type"], Shape>);

const parallel = { disable_parallel_tool_use: may(flag) };
const toolChoice = typed({
  auto: fieldsOf<Sdk.ToolChoiceAuto>({ type: must(oneOf("auto")), ...parallel }),
  any: fieldsOf<Sdk.ToolChoiceAny>({ type: must(oneOf("any")), ...parallel }),
  tool: fieldsOf<Sdk.ToolChoiceTool>({ type: must(oneOf("tool")), name: must(toolName), ...parallel }),
  none: fieldsOf<Sdk.ToolChoiceNone>({ type: must(oneOf("none")) }),
} satisfies Record<Sdk.ToolChoice["type"], Shape>);

const inputSchema: Shape = (value, path) =>
  object(value, path) ?? oneOf("object")((value as { type: string }).type ?? null, `${path}.type`);

const ownTool = fieldsOf<Sdk.Tool>({
  name: must(toolName),
  input_schema: must(inputSchema),
  type: may(oneOf("custom")),
  description: may(text),
  strict: may(flag),
  allowed_callers: may(anything),
  defer_loading: may(flag),
  eager_input_streaming: may(flag),
  input_examples: may(anything),
  ...cached,
});

/** Tools that run at Anthropic are known by their type. */
const tool: Shape = (value, path) => {
  const type = (value as { type?: string } | null)?.type;
  return type !== undefined && /_\d{8}$/.test(type) ? object(value, path) : ownTool(value, path);
};

/** The members that packages of before the version of 2026-10-21 have, and APIs of that version refuse. */
interface Sampling {
  temperature?: number;
  top_p?: number;
  top_k?: number;
}

type MessagesBody = Sdk.MessageCreateParamsBase & Sampling;

const shared: Fields<Omit<MessagesBody, "model" | "stream">> = {
  max_tokens: must(integer(1)),
  messages: must(listOf(message)),
  system: may(either(text, listOf(textBlock))),
  stop_sequences: may(
    listOf(
      (value, path) =>
        text(value, path) ?? ((value as string).trim() === "" ? `${path}: each stop sequence must contain non-whitespace` : undefined),
    ),
  ),
  temperature: may(number(0, 1)),
  top_p: may(number(0, 1)),
  top_k: may(integer(0)),
  tools: may(listOf(tool)),
  tool_choice: may(toolChoice),
  thinking: may(thinking),
  output_config: may(
    fieldsOf<Sdk.OutputConfig>({
      effort: may(oneOf("low", "medium", "high", "xhigh", "max")),
      format: may(fieldsOf<Sdk.JSONOutputFormat>({ type: must(oneOf("json_schema")), schema: must(object) })),
    }),
  ),
  metadata: may(fieldsOf<Sdk.Metadata>({ user_id: may(text) })),
  service_tier: may(oneOf("auto", "standard_only")),
  speed: may(oneOf("standard", "fast")),
  cache_control: may(cacheControl),
  container: may(anything),
  diagnostics: may(anything),
  inference_geo: may(text),
  user_profile_id: may(text),
  workspace_id: may(text),
};

export const messagesBody = fieldsOf<MessagesBody>({ ...shared, model: must(text), stream: may(flag) });

/** The same where the address names the model and what is asked for, and the body the version: at Bedrock and Vertex AI. */
export function hostedMessagesBody(version: string): Shape {
  return fieldsOf<Omit<MessagesBody, "model" | "stream"> & { anthropic_version: string; anthropic_beta?: string[]; stream?: boolean }>({
    ...shared,
    anthropic_version: must(oneOf(version)),
    anthropic_beta: may(listOf(text)),
    // Vertex AI takes it, and Bedrock does not.
    stream: may(version.startsWith("vertex") ? flag : never),
  });
}
