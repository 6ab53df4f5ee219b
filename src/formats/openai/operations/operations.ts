import type { Call } from "../../../core/call.ts";
import { type Endpoint, endpoints } from "../../../core/endpoints.ts";

/** Endpoints of OpenAI's API whose requests and replies go through as they are: those that are not answered in tokens. */
export function isPassedOn(endpoint: Endpoint): boolean {
  return passedOn.has(endpoint);
}

const passedOn: ReadonlySet<Endpoint> = new Set(
  (Object.keys(endpoints) as Endpoint[]).filter((name) => !endpoints[name].hasTokens && name !== "kept" && name !== "realtime"),
);

/** Endpoints whose requests are forms. */
export const formEndpoints: ReadonlySet<Endpoint> = new Set(["image_edit", "image_variation", "transcription", "translation"]);

/** Endpoints whose requests may ask for a stream by `stream`. */
export const streamEndpoints: ReadonlySet<Endpoint> = new Set(["image_generation", "image_edit", "transcription"]);

/** The model of a request that names none, where OpenAI's API does not ask for one. */
export const usualModels: Readonly<Partial<Record<Endpoint, string>>> = { moderation: "omni-moderation-latest" };

/** Whether a call is answered in bytes as they are made (audio), and not in JSON or events. */
export function isAnsweredInBytes({ endpoint, body }: Pick<Call, "endpoint" | "body">): boolean {
  if (endpoint !== "speech") return false;
  const form = body.members.findLast(({ key }) => key === "stream_format");
  return form === undefined || body.bytes.toString("latin1", form.valueStart, form.valueEnd) !== '"sse"';
}
