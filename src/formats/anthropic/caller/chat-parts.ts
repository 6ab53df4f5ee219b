import type { JsonMembers, JsonValue } from "../../../core/provider.ts";
import { chatList, chatMembers, chatText, isMembers, refuse } from "../../kit/chat/chat-fields.ts";
import { cannotSay } from "./cannot-say.ts";

/** Says one of Anthropic's blocks of what is asked as parts of an OpenAI's message: none for a text without a character. */
export function contentParts(block: JsonMembers, path: string): JsonMembers[] {
  const mark = isMembers(block["cache_control"]) ? { cache_control: block["cache_control"] } : {};
  const type = chatText(block["type"], `${path}.type`);
  switch (type) {
    case "text":
      return textParts(block["text"], `${path}.text`, mark);
    case "image":
      return [{ type: "image_url", image_url: { url: addressOf(sourceOf(block, path), `${path}.source`) }, ...mark }];
    case "document":
      return documentParts(block, path, mark);
    case "search_result":
      return searchResult(block, path, mark);
    case "compaction":
      return textParts(block["content"], `${path}.content`, mark);
    case "tool_reference":
      return textParts(`[The tool ${chatText(block["tool_name"], `${path}.tool_name`) ?? ""}]`, path, mark);
    default:
      throw cannotSay(path);
  }
}

function textParts(value: JsonValue | undefined, path: string, mark: JsonMembers): JsonMembers[] {
  const text = chatText(value, path) ?? "";
  return text === "" ? [] : [{ type: "text", text, ...mark }];
}

function sourceOf(block: JsonMembers, path: string): JsonMembers {
  return chatMembers(block["source"], `${path}.source`) ?? refuse(`${path}.source`, "an object");
}

/** An address, or the content itself as one. */
function addressOf(source: JsonMembers, path: string): string {
  switch (source["type"]) {
    case "base64": {
      const mediaType = chatText(source["media_type"], `${path}.media_type`) ?? "application/octet-stream";
      return `data:${mediaType};base64,${chatText(source["data"], `${path}.data`) ?? ""}`;
    }
    case "url":
      return chatText(source["url"], `${path}.url`) ?? refuse(`${path}.url`, "a text");
    // What was uploaded is known to the provider that keeps it.
    case "file":
      throw cannotSay(path);
    default:
      return refuse(`${path}.type`, "base64, url or file");
  }
}

function documentParts(block: JsonMembers, path: string, mark: JsonMembers): JsonMembers[] {
  const { citations } = block;
  if (isMembers(citations) && citations["enabled"] === true) throw cannotSay(`${path}.citations`);
  const source = sourceOf(block, path);
  const title = chatText(block["title"], `${path}.title`);
  const context = chatText(block["context"], `${path}.context`);
  const about = context === undefined || context === "" ? [] : [{ type: "text", text: context }];
  switch (source["type"]) {
    case "text": {
      const text = chatText(source["data"], `${path}.source.data`) ?? "";
      return [...about, ...textParts(title === undefined ? text : `${title}\n\n${text}`, path, mark)];
    }
    case "content": {
      const { content } = source;
      const inner =
        typeof content === "string"
          ? textParts(content, `${path}.source.content`, {})
          : chatList(content, `${path}.source.content`).flatMap((value, index) =>
              contentParts(chatMembers(value, `${path}.source.content[${index}]`) ?? {}, `${path}.source.content[${index}]`),
            );
      const all = [...about, ...(title === undefined ? [] : [{ type: "text", text: title }]), ...inner];
      return all.map((part, index) => (index === all.length - 1 ? { ...part, ...mark } : part));
    }
    case "url": {
      const file = { file_url: addressOf(source, `${path}.source`), ...(title === undefined ? {} : { filename: title }) };
      return [...about, { type: "file", file, ...mark }];
    }
    default: {
      const file = { filename: title ?? "document.pdf", file_data: addressOf(source, `${path}.source`) };
      return [...about, { type: "file", file, ...mark }];
    }
  }
}

/** What a search of the caller's own has found, as text. */
function searchResult(block: JsonMembers, path: string, mark: JsonMembers): JsonMembers[] {
  const head = [chatText(block["title"], `${path}.title`), chatText(block["source"], `${path}.source`)].filter(
    (line) => line !== undefined,
  );
  const texts = chatList(block["content"], `${path}.content`).map((value, index) =>
    chatText(chatMembers(value, `${path}.content[${index}]`)?.["text"], `${path}.content[${index}].text`),
  );
  return textParts([...head, ...texts].join("\n"), path, mark);
}
