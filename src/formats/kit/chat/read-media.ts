import type { JsonMembers, JsonValue } from "../../../core/provider.ts";
import { chatMembers, chatText, refuse } from "./chat-fields.ts";
import type { MediaPart, MediaSource } from "./conversation.ts";

/**
 * Reads a part of a message that is no text: `image_url`, `input_audio`, `file`, `video_url`, and Anthropic's `image` and `document`.
 * @throws RouterError `invalid_request` for a kind that is not known.
 */
export function readMedia(part: JsonMembers, type: string | undefined, path: string, cache: JsonMembers | undefined): MediaPart {
  const media = mediaOf(part, type, path);
  return { ...media, ...(cache === undefined ? {} : { cache }), path };
}

type Media = Omit<MediaPart, "cache" | "path">;

function mediaOf(part: JsonMembers, type: string | undefined, path: string): Media {
  switch (type) {
    case "image_url":
    case "input_image":
      return image(part["image_url"], `${path}.image_url`);
    case "video_url":
      return { kind: "video", source: addressed(part["video_url"], `${path}.video_url`, undefined) };
    case "input_audio":
      return audio(part["input_audio"], `${path}.input_audio`);
    case "file":
    case "input_file":
      return file(chatMembers(part["file"], `${path}.file`) ?? part, `${path}.file`);
    case "image":
    case "document":
      return native(type, part, path);
    default:
      return refuse(`${path}.type`, "text, image_url, input_audio, file or video_url");
  }
}

function image(value: JsonValue | undefined, path: string): Media {
  const detail = typeof value === "string" ? undefined : chatText(chatMembers(value, path)?.["detail"], `${path}.detail`);
  const source = addressed(value, path, undefined);
  return { kind: source.mediaType === "application/pdf" ? "document" : "image", source, ...(detail === undefined ? {} : { detail }) };
}

/** A source that is a text, or `{url, format?}`. */
function addressed(value: JsonValue | undefined, path: string, mediaType: string | undefined): MediaSource {
  if (typeof value === "string") return sourceOf(value, mediaType);
  const members = chatMembers(value, path) ?? refuse(path, "an object with a url");
  const url = chatText(members["url"], `${path}.url`);
  const id = chatText(members["file_id"], `${path}.file_id`);
  const format = chatText(members["format"], `${path}.format`)?.toLowerCase() ?? mediaType;
  if (url !== undefined && url !== "") return sourceOf(url, format);
  return id === undefined ? refuse(`${path}.url`, "a URL or a data URL") : { kind: "file", mediaType: format, id };
}

const dataUrl = /^data:([^,;]*)((?:;[^,;]*)*),/i;

/** @param mediaType What the caller says that it is; a data URL's own word wins where it is none. */
function sourceOf(text: string, mediaType: string | undefined): MediaSource {
  const [head, type = "", options = ""] = dataUrl.exec(text) ?? [];
  if (head === undefined) return { kind: "url", mediaType, url: text };
  const rest = text.slice(head.length);
  const data = /;base64$/i.test(options) ? rest : Buffer.from(unescaped(rest)).toString("base64");
  return { kind: "data", mediaType: mediaType ?? (type === "" ? undefined : type.toLowerCase()), data };
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function audio(value: JsonValue | undefined, path: string): Media {
  const members = chatMembers(value, path) ?? refuse(path, "an object with data and format");
  const data = chatText(members["data"], `${path}.data`) ?? refuse(`${path}.data`, "a text in base64");
  const format = chatText(members["format"], `${path}.format`)?.toLowerCase();
  return { kind: "audio", source: sourceOf(data.startsWith("data:") ? data : `data:audio/${format ?? "wav"};base64,${data}`, undefined) };
}

function file(members: JsonMembers, path: string): Media {
  const id = chatText(members["file_id"], `${path}.file_id`);
  const data = chatText(members["file_data"], `${path}.file_data`);
  const url = chatText(members["file_url"], `${path}.file_url`);
  const name = chatText(members["filename"], `${path}.filename`);
  const format = chatText(members["format"], `${path}.format`)?.toLowerCase();
  const source: MediaSource =
    data !== undefined
      ? withType(sourceOf(data.startsWith("data:") ? data : `data:;base64,${data}`, format), name)
      : url !== undefined
        ? sourceOf(url, format)
        : id !== undefined
          ? // LiteLLM's callers give addresses as ids.
            /^(?:https?|gs|s3|data):/i.test(id)
            ? sourceOf(id, format)
            : { kind: "file", mediaType: format, id }
          : refuse(path, "an object with file_data or file_id");
  return { kind: kindOf(source.mediaType), source, ...(name === undefined ? {} : { name }) };
}

function withType(source: MediaSource, name: string | undefined): MediaSource {
  return source.mediaType === undefined && name?.toLowerCase().endsWith(".pdf") === true
    ? { ...source, mediaType: "application/pdf" }
    : source;
}

function kindOf(mediaType: string | undefined): Media["kind"] {
  const [main] = mediaType?.split("/") ?? [];
  return main === "image" || main === "audio" || main === "video" ? main : "document";
}

/** Anthropic's own parts, which LiteLLM's callers may use towards every model. */
function native(kind: "image" | "document", part: JsonMembers, path: string): Media {
  const source = chatMembers(part["source"], `${path}.source`) ?? refuse(`${path}.source`, "an object");
  const mediaType = chatText(source["media_type"], `${path}.source.media_type`)?.toLowerCase();
  const title = chatText(part["title"], `${path}.title`);
  const named = title === undefined ? {} : { name: title };
  switch (source["type"]) {
    case "base64":
      return { kind, ...named, source: { kind: "data", mediaType, data: chatText(source["data"], `${path}.source.data`) ?? "" } };
    case "text": {
      const data = Buffer.from(chatText(source["data"], `${path}.source.data`) ?? "").toString("base64");
      return { kind, ...named, source: { kind: "data", mediaType: mediaType ?? "text/plain", data } };
    }
    case "url":
      return { kind, ...named, source: { kind: "url", mediaType, url: chatText(source["url"], `${path}.source.url`) ?? "" } };
    case "file":
      return { kind, ...named, source: { kind: "file", mediaType, id: chatText(source["file_id"], `${path}.source.file_id`) ?? "" } };
    default:
      return refuse(`${path}.source.type`, "base64, url, file or text");
  }
}
