import type { JsonMembers } from "../../../core/provider.ts";
import { refuse } from "../../kit/chat/chat-fields.ts";
import { cannotTake, type ChatTarget } from "../../kit/chat/chat-rules.ts";
import type { MediaPart } from "../../kit/chat/conversation.ts";
import { mediaTypeOf } from "../../kit/chat/media-type.ts";
import type { GeminiHost } from "./gemini-host.ts";

/** Addresses that Google reads by itself on every host: uploaded files, buckets, films on YouTube. */
const ownAddress =
  /^(?:gs:\/\/|https:\/\/generativelanguage\.googleapis\.com\/|https:\/\/(?:www\.|m\.)?(?:youtube\.com\/(?:watch|live|shorts)|youtu\.be\/))/i;
const youTube = /^https:\/\/[a-z.]*youtu/i;

const typesByEnding: Readonly<Record<string, string>> = {
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  gif: "image/gif",
  webp: "image/webp",
  heic: "image/heic",
  heif: "image/heif",
  pdf: "application/pdf",
  txt: "text/plain",
  md: "text/md",
  csv: "text/csv",
  html: "text/html",
  mp3: "audio/mp3",
  wav: "audio/wav",
  flac: "audio/flac",
  ogg: "audio/ogg",
  aac: "audio/aac",
  aiff: "audio/aiff",
  m4a: "audio/mp4",
  mp4: "video/mp4",
  mov: "video/quicktime",
  mpeg: "video/mpeg",
  mpg: "video/mpg",
  webm: "video/webm",
  avi: "video/avi",
  wmv: "video/wmv",
  flv: "video/x-flv",
  "3gp": "video/3gpp",
};

/** Writes an image, a document, a sound or a film as a part. */
export function writeMedia(part: MediaPart, target: ChatTarget, host: GeminiHost): JsonMembers {
  const { source, path } = part;
  const mediaType = mediaTypeOf(part);
  switch (source.kind) {
    case "data":
      return { inlineData: { mimeType: mediaType ?? refuse(path, "media that says its type (`format`)"), data: source.data } };
    case "file":
      return fileData(fileAddress(source.id), mediaType);
    default: {
      if (!host.takesUrls && !ownAddress.test(source.url)) {
        throw cannotTake(target, path, ": it fetches no addresses but those of Google's files, buckets and YouTube");
      }
      if (/^http:/i.test(source.url)) throw cannotTake(target, path, ": it fetches https:// addresses alone");
      return fileData(source.url, mediaType ?? typeOfAddress(source.url));
    }
  }
}

function fileData(fileUri: string, mimeType: string | undefined): JsonMembers {
  return { fileData: { ...(mimeType === undefined ? {} : { mimeType }), fileUri } };
}

/** Files that were uploaded are named `files/ID` or by their whole address. */
function fileAddress(id: string): string {
  return id.startsWith("files/") ? `https://generativelanguage.googleapis.com/v1beta/${id}` : id;
}

function typeOfAddress(url: string): string | undefined {
  if (youTube.test(url)) return "video/mp4";
  const [path = ""] = url.split(/[?#]/);
  return typesByEnding[path.slice(path.lastIndexOf(".") + 1).toLowerCase()];
}
