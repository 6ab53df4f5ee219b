import type { ErrorType } from "@anthropic-ai/sdk/resources/shared";
import { fakeEvents, fakeMessage } from "./anthropic-messages.ts";
import { messagesBody } from "./anthropic-shapes.ts";
import { fakeClaude, messagesFault } from "./claude-rules.ts";
import type { ScriptedAnswer } from "./scripted-answer.ts";
import { wordsOf } from "./shape.ts";
import { type ApiReply, type ApiRequest, eventsReply, jsonReply, type StrictApi } from "./strict-host.ts";

/** The one of the versions under which sampling is refused whatever the model. */
const newVersion = "2026-10-21";
const versions: ReadonlySet<unknown> = new Set(["2023-06-01", newVersion]);

/** Anthropic's Messages API, which knows one key and one token. */
export class AnthropicApi implements StrictApi {
  readonly #credentials: ReadonlySet<string>;
  readonly #given = new Map<string, string>();

  /** @param credentials Keys, and tokens as they are shown: `Bearer …`. */
  constructor(...credentials: readonly string[]) {
    this.#credentials = new Set(credentials);
  }

  refuse(request: ApiRequest): ApiReply | undefined {
    const { method, path, headers, json } = request;
    const shown = headers["x-api-key"] ?? headers.authorization;
    if (shown === undefined) return anthropicError(401, "authentication_error", "x-api-key header is required");
    if (!this.#credentials.has(String(shown))) return anthropicError(401, "authentication_error", "invalid x-api-key");
    if (method !== "POST" || path !== "/v1/messages") return anthropicError(404, "not_found_error", "Not Found");
    const version = headers["anthropic-version"];
    if (version === undefined) return invalid("anthropic-version: header is required");
    if (!versions.has(version)) return invalid(`anthropic-version: "${String(version)}" is not a valid version`);
    if (headers["content-type"]?.startsWith("application/json") !== true) return invalid("content-type must be application/json");
    const fault = messagesBody(json, "") ?? (version === newVersion ? versionFault(request) : undefined);
    if (fault !== undefined) return invalid(fault);
    const broken = messagesFault(json, fakeClaude(wordsOf(json["model"])), this.#given);
    return broken === undefined ? undefined : invalid(broken);
  }

  reply({ json }: ApiRequest, answer: ScriptedAnswer): ApiReply {
    for (const part of answer.parts) if (part.kind === "thinking") this.#given.set(part.signature, part.text);
    const model = wordsOf(json["model"]);
    if (json["stream"] !== true) return jsonReply(200, fakeMessage(model, answer), { "request-id": "req_fake" });
    return eventsReply(
      fakeEvents(model, answer).map((data) => ({ name: data.type, data })),
      { headers: { "request-id": "req_fake" }, isCut: answer.fault === "cut" },
    );
  }
}

function versionFault({ json }: ApiRequest): string | undefined {
  const name = ["temperature", "top_p", "top_k"].find((one) => json[one] !== undefined);
  return name === undefined ? undefined : `${name}: Extra inputs are not permitted`;
}

function invalid(message: string): ApiReply {
  return anthropicError(400, "invalid_request_error", message);
}

/** An error as Anthropic says it. */
export function anthropicError(
  status: number,
  type: ErrorType | "request_too_large",
  message: string,
  headers: Readonly<Record<string, string>> = {},
): ApiReply {
  return jsonReply(status, { type: "error", error: { type, message }, request_id: "req_fake" }, { "request-id": "req_fake", ...headers });
}
