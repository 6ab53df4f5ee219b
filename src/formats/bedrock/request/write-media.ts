import type { JsonMembers } from "../../../core/provider.ts";
import { cannotTake, type ChatTarget } from "../../kit/chat/chat-rules.ts";
import type { MediaPart, Turn } from "../../kit/chat/conversation.ts";
import { mediaTypeOf } from "../../kit/chat/media-type.ts";
import type { ModelAbilities } from "../models/model-abilities.ts";

type Kind = MediaPart["kind"];

/** Converse's names of the formats, by kind and media type. */
const formats: Readonly<Record<Kind, Readonly<Record<string, string>>>> = {
  image: { "image/png": "png", "image/jpeg": "jpeg", "image/gif": "gif", "image/webp": "webp" },
  document: {
    "application/pdf": "pdf",
    "text/csv": "csv",
    "application/msword": "doc",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.ms-excel": "xls",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "text/html": "html",
    "text/markdown": "md",
    "text/plain": "txt",
  },
  audio: {
    "audio/mpeg": "mp3",
    "audio/mp3": "mp3",
    "audio/wav": "wav",
    "audio/x-wav": "wav",
    "audio/flac": "flac",
    "audio/ogg": "ogg",
    "audio/opus": "opus",
    "audio/aac": "aac",
    "audio/mp4": "m4a",
    "audio/m4a": "m4a",
    "audio/webm": "webm",
    "audio/pcm": "pcm",
    "audio/pcm16": "pcm",
  },
  video: {
    "video/mp4": "mp4",
    "video/quicktime": "mov",
    "video/x-matroska": "mkv",
    "video/webm": "webm",
    "video/x-flv": "flv",
    "video/mpeg": "mpeg",
    "video/x-ms-wmv": "wmv",
    "video/3gpp": "three_gp",
  },
};

/** The ends of file names, where they are no format's name. */
const extensions: Readonly<Record<string, string>> = {
  jpg: "jpeg",
  htm: "html",
  markdown: "md",
  text: "txt",
  "3gp": "three_gp",
  mpg: "mpeg",
};

/** Writes images, documents, sounds and films as Converse's blocks, for one request: no two of its documents may have one name. */
export class MediaWriter {
  readonly #target: ChatTarget;
  readonly #takes: ModelAbilities["takes"];
  readonly #names = new Set<string>();

  constructor(target: ChatTarget, { takes }: ModelAbilities) {
    this.#target = target;
    this.#takes = takes;
  }

  /** @throws RouterError `cannot_serve_this` for what the model does not take, and for what would have to be fetched. */
  write(part: MediaPart): JsonMembers {
    const { source, path, name } = part;
    if (source.kind === "file") throw cannotTake(this.#target, path, ": it knows no files by their ids");
    if (source.kind === "url" && !/^s3:\/\//i.test(source.url)) throw cannotTake(this.#target, path, ": it fetches no addresses");
    const mediaType = mediaTypeOf(part)?.split(";")[0];
    const found =
      byMediaType(part.kind, mediaType) ??
      (source.kind === "url" ? byName(part.kind, source.url) : undefined) ??
      (name === undefined ? undefined : byName(part.kind, name));
    if (found === undefined) throw cannotTake(this.#target, path, ` of type ${JSON.stringify(mediaType?.slice(0, 64) ?? "unknown")}`);
    const [kind, format] = found;
    if (!this.#takes[kind]) throw cannotTake(this.#target, path, `: its model takes no ${kind}`);
    const place = source.kind === "url" ? { s3Location: { uri: source.url } } : { bytes: source.data };
    return { [kind]: { format, ...(kind === "document" ? { name: this.#documentName(name) } : {}), source: place } };
  }

  /** Letters, digits, single spaces, hyphens and brackets are allowed in a document's name. */
  #documentName(given: string | undefined): string {
    const plain = (given ?? "")
      .replace(/\.[a-zA-Z0-9]{1,5}$/, "")
      .replaceAll(/[^a-zA-Z0-9\s()[\]-]/g, "-")
      .replaceAll(/\s+/g, " ")
      .trim()
      .slice(0, 180);
    const base = plain === "" ? "document" : plain;
    let name = base;
    for (let count = 2; this.#names.has(name); count++) name = `${base} ${count}`;
    this.#names.add(name);
    return name;
  }
}

/**
 * Puts a text beside documents that have none in their message, as Converse wants it, where messages may be changed.
 * @throws RouterError `cannot_serve_this` where they may not.
 */
export function withTextBesideDocuments(
  messages: readonly JsonMembers[],
  turns: readonly Turn[],
  target: ChatTarget,
): readonly JsonMembers[] {
  const parts = turns.flatMap(({ parts: own }) => own);
  const document = parts.find(({ kind }) => kind === "document") as MediaPart | undefined;
  if (document === undefined) return messages;
  return messages.map((message) => {
    const content = message["content"] as readonly JsonMembers[];
    if (!content.some((block) => "document" in block) || content.some((block) => "text" in block)) return message;
    if (!target.rules.modifyParams) throw cannotTake(target, document.path, " without a text beside it (modify_params puts one there)");
    return { ...message, content: [...content, { text: "." }] };
  });
}

function byMediaType(kind: Kind, mediaType: string | undefined): readonly [Kind, string] | undefined {
  const format = mediaType === undefined ? undefined : formats[kind][mediaType];
  return format === undefined ? undefined : [kind, format];
}

/** The format by how a file's name ends. What it is may be another kind than its place in the request says. */
function byName(kind: Kind, name: string): readonly [Kind, string] | undefined {
  const end = /\.([a-zA-Z0-9]{2,5})$/.exec(name)?.[1]?.toLowerCase() ?? "";
  const format = extensions[end] ?? end;
  const kinds = [kind, ...(["image", "document", "video", "audio"] as const)];
  const found = kinds.find((one) => Object.values(formats[one]).includes(format));
  return found === undefined ? undefined : [found, format];
}
