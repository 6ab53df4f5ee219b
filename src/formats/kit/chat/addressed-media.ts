import type { MediaPart } from "./conversation.ts";

/** A part of a message that names its content by an address of the web. */
export interface AddressedPart {
  /** As refusals name it: `messages[0].content[1]`. */
  readonly path: string;
  readonly url: string;
  /** What it may turn out to be. */
  readonly kinds: readonly MediaPart["kind"][];
  /** Puts the content in the address's place. @param data In base64. */
  put(mediaType: string, data: string): void;
}

type Fields = Record<string, unknown>;

/** Finds the parts of OpenAI's messages that name addresses. @param messages As parsed; {@link AddressedPart.put} changes them. */
export function addressedParts(messages: unknown): readonly AddressedPart[] {
  const found: AddressedPart[] = [];
  if (!Array.isArray(messages)) return found;
  for (const [index, message] of messages.entries()) {
    const content: unknown = fieldsOf(message)?.["content"];
    if (!Array.isArray(content)) continue;
    for (const [place, value] of content.entries()) {
      const part = fieldsOf(value);
      const addressed = part === undefined ? undefined : addressedPart(part, `messages[${index}].content[${place}]`);
      if (addressed !== undefined) found.push(addressed);
    }
  }
  return found;
}

function addressedPart(part: Fields, path: string): AddressedPart | undefined {
  switch (part["type"]) {
    case "image_url":
    case "input_image":
      return byUrl(part, "image_url", ["image", "document"], path);
    case "video_url":
      return byUrl(part, "video_url", ["video"], path);
    case "file":
    case "input_file":
      return byFile(fieldsOf(part["file"]) ?? part, path);
    case "image":
    case "document":
      return bySource(part, part["type"], path);
    default:
      return undefined;
  }
}

function byUrl(part: Fields, name: string, kinds: AddressedPart["kinds"], path: string): AddressedPart | undefined {
  const inner = fieldsOf(part[name]);
  const url = inner === undefined ? part[name] : inner["url"];
  if (!isAddress(url)) return undefined;
  return {
    path,
    url,
    kinds,
    put(mediaType, data) {
      const dataUrl = dataUrlOf(mediaType, data);
      if (inner === undefined) part[name] = dataUrl;
      else inner["url"] = dataUrl;
    },
  };
}

function byFile(file: Fields, path: string): AddressedPart | undefined {
  if (typeof file["file_data"] === "string") return undefined;
  const name = isAddress(file["file_url"]) ? "file_url" : "file_id";
  const url = file[name];
  if (!isAddress(url)) return undefined;
  return {
    path,
    url,
    kinds: ["document", "image", "audio", "video"],
    put(mediaType, data) {
      delete file[name];
      file["file_data"] = dataUrlOf(mediaType, data);
    },
  };
}

function bySource(part: Fields, kind: "image" | "document", path: string): AddressedPart | undefined {
  const source = fieldsOf(part["source"]);
  const url = source?.["url"];
  if (source?.["type"] !== "url" || !isAddress(url)) return undefined;
  return {
    path,
    url,
    kinds: [kind],
    put(mediaType, data) {
      part["source"] = { type: "base64", media_type: mediaType, data };
    },
  };
}

function dataUrlOf(mediaType: string, data: string): string {
  return `data:${mediaType};base64,${data}`;
}

function isAddress(value: unknown): value is string {
  return typeof value === "string" && /^https?:/i.test(value);
}

function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}
