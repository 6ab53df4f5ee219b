import type { Call, Endpoint } from "../call.ts";
import { RouterError } from "../errors.ts";
import type { Group } from "../table/group.ts";
import type { TagFilter } from "./tag-filter.ts";

/** LiteLLM's modes of models that answer none of the three endpoints. A mode that is not known here says nothing. */
const otherModes: ReadonlySet<string> = new Set([
  "image_generation",
  "image_edit",
  "audio_transcription",
  "audio_speech",
  "rerank",
  "moderation",
  "moderations",
  "responses",
  "realtime",
  "video_generation",
  "ocr",
  "search",
]);

/** Whether a model of this mode is asked for what the endpoint is for. */
export function servesEndpoint(mode: string | undefined, endpoint: Endpoint): boolean {
  if (mode === undefined) return true;
  if (mode === "embedding") return endpoint === "embeddings";
  if (mode === "chat" || mode === "completion") return endpoint !== "embeddings";
  return !otherModes.has(mode);
}

/** Whether any deployment of a group has a mode that excludes an endpoint: of nearly all groups none has. */
const withModes = new WeakMap<Group, Readonly<Record<Endpoint, boolean>>>();

/** Narrows a filter to the deployments that are for an endpoint. @returns The filter itself where all of the group are. */
export function modeFilter(group: Group, endpoint: Endpoint, filter: TagFilter | undefined): TagFilter | undefined {
  let excluded = withModes.get(group);
  if (excluded === undefined) {
    const any = (one: Endpoint): boolean => group.entries.some(({ deployment }) => !servesEndpoint(deployment.info.mode, one));
    withModes.set(group, (excluded = { chat: any("chat"), completions: any("completions"), embeddings: any("embeddings") }));
  }
  if (!excluded[endpoint]) return filter;
  return (entry) => servesEndpoint(entry.deployment.info.mode, endpoint) && (filter?.(entry) ?? true);
}

/** The refusal of a call for what none of a group's models is for. Undefined where one is. */
export function wrongMode({ entries }: Group, { model, endpoint }: Pick<Call, "model" | "endpoint">): RouterError | undefined {
  const [first] = entries;
  if (first === undefined || entries.some(({ deployment }) => servesEndpoint(deployment.info.mode, endpoint))) return undefined;
  const message = `"${model}" is configured for ${first.deployment.info.mode} (model_info.mode), and is not asked for ${endpoint}.`;
  return new RouterError("invalid_request", message, { param: "model" });
}
