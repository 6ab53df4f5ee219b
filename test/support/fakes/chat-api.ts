import type OpenAI from "openai";
import { openAi } from "../native-voices.ts";
import { MaasApi } from "./maas-api.ts";
import type { ScriptedAnswer } from "./scripted-answer.ts";
import { anything, fieldsOf, may, must } from "./shape.ts";
import { type ApiReply, type ApiRequest, jsonReply, type StrictApi } from "./strict-host.ts";

type Asked = Omit<OpenAI.ChatCompletionCreateParamsNonStreaming, "stream"> & { readonly stream?: boolean };

const chatBody = fieldsOf<Asked>({
  messages: must(anything),
  model: must(anything),
  audio: may(anything),
  frequency_penalty: may(anything),
  function_call: may(anything),
  functions: may(anything),
  logit_bias: may(anything),
  logprobs: may(anything),
  max_completion_tokens: may(anything),
  max_tokens: may(anything),
  metadata: may(anything),
  modalities: may(anything),
  moderation: may(anything),
  n: may(anything),
  parallel_tool_calls: may(anything),
  prediction: may(anything),
  presence_penalty: may(anything),
  prompt_cache_key: may(anything),
  prompt_cache_options: may(anything),
  prompt_cache_retention: may(anything),
  reasoning_effort: may(anything),
  response_format: may(anything),
  safety_identifier: may(anything),
  seed: may(anything),
  service_tier: may(anything),
  stop: may(anything),
  store: may(anything),
  stream: may(anything),
  stream_options: may(anything),
  temperature: may(anything),
  tool_choice: may(anything),
  tools: may(anything),
  top_logprobs: may(anything),
  top_p: may(anything),
  user: may(anything),
  verbosity: may(anything),
  web_search_options: may(anything),
});

/** OpenAI's chat completions and nothing besides, by a key. Members that they do not have are refused. */
export class ChatApi implements StrictApi {
  readonly #key: string;
  readonly #spoken = new MaasApi("");

  constructor(key: string) {
    this.#key = key;
  }

  refuse({ method, path, headers, json }: ApiRequest): ApiReply | undefined {
    if (headers.authorization !== `Bearer ${this.#key}`) return refusal(401, "Incorrect API key provided.");
    if (method !== "POST" || path !== "/v1/chat/completions") return refusal(404, `Invalid URL (${method} ${path})`);
    const fault = chatBody(json, "");
    return fault === undefined ? undefined : refusal(400, fault);
  }

  reply(request: ApiRequest, answer: ScriptedAnswer): ApiReply {
    return this.#spoken.reply(request, answer);
  }
}

function refusal(status: number, message: string): ApiReply {
  const { error } = JSON.parse(openAi.refusal("request").body) as { error: object };
  return jsonReply(status, { error: { ...error, message, type: "invalid_request_error" } });
}
