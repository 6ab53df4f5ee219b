import type { JsonMembers, JsonValue } from "../../../core/provider.ts";
import { chatList, chatMembers, chatText, isMembers, refuse } from "../../kit/chat/chat-fields.ts";
import { noChatForm } from "./no-chat-form.ts";

/** Says the content of an item, a text or a list, as parts of a chat's message: none for a text without a character. */
export function chatParts(content: JsonValue | undefined, path: string): JsonMembers[] {
  if (typeof content === "string") return textParts(content);
  return chatList(content, path).flatMap((value, index) => {
    const one = `${path}[${index}]`;
    return partOf(chatMembers(value, one) ?? refuse(one, "an object"), one);
  });
}

/** Parts that are all texts as one text; others as they are. Most hosts take nothing but a text where images make no sense. */
export function plainContent(parts: readonly JsonMembers[]): JsonValue {
  return parts.every((part) => part["type"] === "text") ? parts.map((part) => part["text"] as string).join("") : parts;
}

function textParts(text: string): JsonMembers[] {
  return text === "" ? [] : [{ type: "text", text }];
}

function partOf(part: JsonMembers, path: string): JsonMembers[] {
  const type = chatText(part["type"], `${path}.type`);
  switch (type) {
    case "input_text":
    case "output_text":
    case "text":
    case "summary_text":
      return textParts(chatText(part["text"], `${path}.text`) ?? "");
    case "refusal":
      return textParts(chatText(part["refusal"], `${path}.refusal`) ?? "");
    case "input_image":
      return [imagePart(part, path)];
    case "input_file":
      return [filePart(part, path)];
    case "input_audio":
      return [{ type: "input_audio", input_audio: chatMembers(part["input_audio"], `${path}.input_audio`) ?? {} }];
    default:
      throw noChatForm(path);
  }
}

function imagePart(part: JsonMembers, path: string): JsonMembers {
  const { image_url: image, detail } = part;
  const address = isMembers(image) ? image["url"] : image;
  // What was uploaded is known to the provider that keeps it.
  if (address === undefined || address === null) throw noChatForm(`${path}.file_id`);
  const url = chatText(address, `${path}.image_url`) ?? "";
  return { type: "image_url", image_url: { url, ...(typeof detail === "string" ? { detail } : {}) } };
}

function filePart(part: JsonMembers, path: string): JsonMembers {
  const data = chatText(part["file_data"], `${path}.file_data`);
  const url = chatText(part["file_url"], `${path}.file_url`);
  const filename = chatText(part["filename"], `${path}.filename`);
  if (data !== undefined) return { type: "file", file: { filename: filename ?? "document.pdf", file_data: data } };
  if (url === undefined) throw noChatForm(`${path}.file_id`);
  return { type: "file", file: { file_url: url, ...(filename === undefined ? {} : { filename }) } };
}
