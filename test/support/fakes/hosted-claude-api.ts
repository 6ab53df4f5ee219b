import type { JsonMembers, JsonValue } from "../../../src/core/provider.ts";
import { AnthropicApi, anthropicError } from "./anthropic-api.ts";
import { type AwsKeys, signatureFault } from "./aws-signature.ts";
import type { ScriptedAnswer } from "./scripted-answer.ts";
import { isObject, wordsOf } from "./shape.ts";
import { type ApiReply, type ApiRequest, jsonReply, type StrictApi } from "./strict-host.ts";

const path = "/anthropic/v1/messages";
const key = "inner";

/** What a host of Claude asks of requests besides what Anthropic does. */
type Door = (request: ApiRequest) => ApiReply | undefined | Promise<ApiReply | undefined>;

/** Claude at a host that has Anthropic's Messages at an address of its own, behind a door of its own. */
class HostedClaudeApi implements StrictApi {
  readonly #door: Door;
  readonly #inner = new AnthropicApi(key);

  constructor(door: Door) {
    this.#door = door;
  }

  async refuse(request: ApiRequest): Promise<ApiReply | undefined> {
    const refusal = await this.#door(request);
    if (refusal !== undefined) return refusal;
    return request.path === path ? this.#inner.refuse(asAnthropic(request)) : anthropicError(404, "not_found_error", "Not Found");
  }

  reply(request: ApiRequest, answer: ScriptedAnswer): ApiReply {
    return this.#inner.reply(asAnthropic(request), answer);
  }
}

function asAnthropic(request: ApiRequest): ApiRequest {
  return { ...request, path: "/v1/messages", headers: { ...request.headers, "x-api-key": key } };
}

/** Claude at Azure's Foundry, by a key. */
export function foundryClaudeApi(credential: string): StrictApi {
  return new HostedClaudeApi(({ headers }) =>
    headers["api-key"] === credential || headers["x-api-key"] === credential || headers.authorization === `Bearer ${credential}`
      ? undefined
      : jsonReply(401, {
          error: { code: "401", message: "Access denied due to invalid subscription key or wrong API endpoint." },
        }),
  );
}

/** Claude at Bedrock's Mantle, by signed requests. */
export function mantleClaudeApi(keys: AwsKeys, region: string): StrictApi {
  return new HostedClaudeApi(async (request) => {
    const fault = await signatureFault(request, keys, region, "bedrock-mantle");
    if (fault !== undefined) return anthropicError(403, "permission_error", fault.message);
    const { headers, json } = request;
    if (!wordsOf(json["model"]).startsWith("anthropic.")) return anthropicError(404, "not_found_error", "The model does not exist.");
    if (namesAddress(json)) return anthropicError(400, "invalid_request_error", "URL sources are not supported");
    if (/files-api|compact/.test(String(headers["anthropic-beta"])))
      return anthropicError(400, "invalid_request_error", "invalid beta flag");
    return undefined;
  });
}

function namesAddress(value: JsonValue): boolean {
  if (Array.isArray(value)) return (value as readonly JsonValue[]).some(namesAddress);
  if (!isObject(value)) return false;
  const { source, ...others }: JsonMembers = value;
  return (isObject(source ?? null) && (source as JsonMembers)["type"] === "url") || Object.values(others).some(namesAddress);
}
