import type { Call } from "../../core/call.ts";
import type { Endpoint } from "../../core/endpoints.ts";

/** The last segments of the operations' paths, the same with every host. */
export const endpointPaths: Readonly<Record<Exclude<Endpoint, "kept">, string>> = {
  chat: "/chat/completions",
  completions: "/completions",
  embeddings: "/embeddings",
  image_generation: "/images/generations",
  image_edit: "/images/edits",
  image_variation: "/images/variations",
  speech: "/audio/speech",
  transcription: "/audio/transcriptions",
  translation: "/audio/translations",
  moderation: "/moderations",
  rerank: "/rerank",
  decisions: "/decisions",
  realtime: "/realtime",
};

/** What a call's path ends with, below the base of a host's API. May hold a query of the call's own: see {@link withQuery}. */
export function operationPath({ endpoint, resource }: Pick<Call, "endpoint" | "resource">): string {
  if (resource !== undefined) return resource.path;
  return endpoint === "kept" ? "" : endpointPaths[endpoint];
}
