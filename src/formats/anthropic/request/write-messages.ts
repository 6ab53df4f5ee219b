import type { JsonMembers } from "../../../core/provider.ts";
import { cannotTake, type ChatTarget } from "../../kit/chat/chat-rules.ts";
import type { CacheMark, MediaPart, Part, TextPart, ToolResultPart, Turn } from "../../kit/chat/conversation.ts";
import { mediaTypeOf } from "../../kit/chat/media-type.ts";
import type { ToolNames } from "../../kit/chat/tool-names.ts";
import { append } from "../../kit/append.ts";

/** What a conversation's parts are written by. */
export interface MessageRules {
  readonly target: ChatTarget;
  readonly names: ToolNames;
  /** Whether the host fetches addresses of images and documents. */
  readonly takesUrls: boolean;
  /** Whether the model takes instructions in mid-conversation; otherwise they are the user's words. */
  readonly takesLateSystem: boolean;
}

interface Message {
  readonly role: "user" | "assistant" | "system";
  readonly content: JsonMembers[];
}

/** Writes a conversation's turns as Anthropic's `messages`, which alternate. */
export function writeMessages(turns: readonly Turn[], rules: MessageRules): JsonMembers[] {
  const messages: Message[] = [];
  for (const turn of turns) {
    const role = turn.role === "system" && !rules.takesLateSystem ? "user" : turn.role;
    const content = turn.parts.map((part) => writePart(part, rules)).filter((block) => block !== undefined);
    if (content.length === 0) continue;
    const last = messages.at(-1);
    if (last?.role === role) append(last.content, content);
    else messages.push({ role, content });
  }
  return messages.map(({ role, content }) => ({ role, content }));
}

/** @returns Undefined for what may not be sent back: thinking without a proof of who thought it. */
function writePart(part: Part, rules: MessageRules): JsonMembers | undefined {
  switch (part.kind) {
    case "text":
      return writeText(part);
    case "thinking":
      if (part.redacted !== undefined) return { type: "redacted_thinking", data: part.redacted };
      return part.signature === undefined ? undefined : { type: "thinking", thinking: part.text, signature: part.signature };
    case "tool_use":
      return { type: "tool_use", id: legalId(part.id), name: rules.names.legal(part.name), input: part.input, ...cacheOf(part) };
    case "tool_result": {
      const [only, ...others] = part.content;
      const content =
        only === undefined
          ? undefined
          : only.kind === "text" && others.length === 0
            ? only.text
            : part.content.map((inner) => (inner.kind === "text" ? writeText(inner) : writeMedia(inner, rules)));
      return {
        type: "tool_result",
        tool_use_id: legalId(part.id),
        ...(content === undefined ? {} : { content }),
        ...failureOf(part),
        ...cacheOf(part),
      };
    }
    default:
      return writeMedia(part, rules);
  }
}

function failureOf({ isError }: ToolResultPart): JsonMembers {
  return isError === true ? { is_error: true } : {};
}

export function writeText(part: TextPart): JsonMembers {
  return { type: "text", text: part.text, ...cacheOf(part) };
}

function cacheOf({ cache }: { readonly cache?: CacheMark | undefined }): JsonMembers {
  return cache === undefined ? {} : { cache_control: cache };
}

/** Ids of other providers hold characters that Anthropic refuses. */
function legalId(id: string): string {
  return id.replaceAll(/[^a-zA-Z0-9_-]/g, "_");
}

const imageTypes: ReadonlySet<string> = new Set(["image/jpeg", "image/png", "image/gif", "image/webp"]);

function writeMedia(part: MediaPart, { target, takesUrls }: MessageRules): JsonMembers {
  const { kind, source, path, name } = part;
  if (kind === "audio" || kind === "video") throw cannotTake(target, path, `: its model takes no ${kind}`);
  const mediaType = mediaTypeOf(part);
  const title = kind === "document" && name !== undefined ? { title: name } : {};
  if (source.kind === "file") return { type: kind, source: { type: "file", file_id: source.id }, ...title, ...cacheOf(part) };
  if (source.kind === "url") {
    if (!takesUrls) throw cannotTake(target, path, ": it fetches no addresses");
    if (!/^https:\/\//i.test(source.url)) throw cannotTake(target, path, ": it fetches https:// addresses alone");
    return { type: kind, source: { type: "url", url: source.url }, ...title, ...cacheOf(part) };
  }
  if (kind === "document" && mediaType?.startsWith("text/") === true) {
    const text = Buffer.from(source.data, "base64").toString();
    return { type: kind, source: { type: "text", media_type: "text/plain", data: text }, ...title, ...cacheOf(part) };
  }
  const isTaken = kind === "image" ? imageTypes.has(mediaType ?? "") : mediaType === "application/pdf";
  if (!isTaken) throw cannotTake(target, path, ` of type ${JSON.stringify(mediaType?.slice(0, 64) ?? "unknown")}`);
  return { type: kind, source: { type: "base64", media_type: mediaType ?? "", data: source.data }, ...title, ...cacheOf(part) };
}
