import type { JsonMembers } from "../../../src/core/provider.ts";
import { AnthropicApi } from "./anthropic-api.ts";
import type { ScriptedAnswer } from "./scripted-answer.ts";
import { type ApiReply, type ApiRequest, jsonReply, type StrictApi } from "./strict-host.ts";

const path = /^\/v1\/projects\/[^/]+\/locations\/[^/]+\/publishers\/anthropic\/models\/([^/:]+):(rawPredict|streamRawPredict)$/;
const version = "vertex-2023-10-16";
const key = "inner";

/** Claude on Vertex AI, by a token: the model stands in the address, the version in the body. All else is as at Anthropic. */
export class VertexClaudeApi implements StrictApi {
  readonly #token: string;
  readonly #inner = new AnthropicApi(key);

  constructor(token: string) {
    this.#token = token;
  }

  refuse(request: ApiRequest): ApiReply | undefined {
    const { headers, json } = request;
    if (headers.authorization !== `Bearer ${this.#token}`)
      return googleError(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.");
    const [, , operation] = path.exec(request.path) ?? [];
    if (operation === undefined) return googleError(404, "NOT_FOUND", "Not found");
    if (json["model"] !== undefined) return googleError(400, "INVALID_ARGUMENT", "model: Extra inputs are not permitted");
    if (json["anthropic_version"] !== version) return googleError(400, "INVALID_ARGUMENT", "anthropic_version: Field required");
    if ((json["stream"] === true) !== (operation === "streamRawPredict"))
      return googleError(400, "INVALID_ARGUMENT", "stream: wrong method");
    const { anthropic_beta: betas = [] } = json;
    if (!Array.isArray(betas) || betas.some((name) => typeof name !== "string"))
      return googleError(400, "INVALID_ARGUMENT", "anthropic_beta: Input should be a valid list of texts");
    if (headers["anthropic-version"] !== undefined) return googleError(400, "INVALID_ARGUMENT", "anthropic-version: not taken");
    return this.#inner.refuse(asAnthropic(request));
  }

  reply(request: ApiRequest, answer: ScriptedAnswer): ApiReply {
    const reply = this.#inner.reply(asAnthropic(request), answer);
    // Google sends a sign of life of its own before the first event.
    return request.json["stream"] === true
      ? { ...reply, pieces: ['event: vertex_event\ndata: {"type":"vertex_event"}\n\n', ...reply.pieces] }
      : reply;
  }
}

function asAnthropic(request: ApiRequest): ApiRequest {
  const { anthropic_version: _version, anthropic_beta: _betas, ...members } = request.json;
  const json: JsonMembers = { ...members, model: path.exec(request.path)?.[1] ?? "" };
  return { ...request, path: "/v1/messages", headers: { ...request.headers, "x-api-key": key, "anthropic-version": "2023-06-01" }, json };
}

function googleError(code: number, status: string, message: string): ApiReply {
  return jsonReply(code, { error: { code, status, message } });
}
