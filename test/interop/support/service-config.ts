/** What the service asks its callers for in these tests. */
export const masterKey = "key-of-the-interop-tests";

/** What group `chat` answers. */
export const chatAnswer = "Line three is free, go ahead.";

const quick = "{ first_token_ms: 1, tokens_per_second: 1000 }";
/** Would take over a minute, longer than any client waits: whoever sees it end has seen it cut. */
const endless = "{ first_token_ms: 1, tokens_per_second: 20, output_tokens: 2000 }";

function group(name: string, params: string): string {
  return `  - { model_name: ${name}, litellm_params: { ${params} }, model_info: { id: ${name}-1 } }`;
}

/** The configuration that all foreign clients are tested on; groups that count or run forever are each for one scenario only. */
export function serviceConfig(options: {
  readonly endless?: readonly string[];
  readonly limited?: readonly string[];
  readonly host?: string;
}): string {
  const { host } = options;
  return [
    "model_list:",
    group("chat", `model: mock/chat, mock_response: "${chatAnswer}", mock: ${quick}`),
    group("vectors", "model: mock/vectors"),
    group("short", "model: mock/short, mock_response: litellm.ContextWindowExceededError"),
    `  - { model_name: pair, litellm_params: { model: mock/pair, mock: ${quick}, weight: 1 }, model_info: { id: pair-a } }`,
    `  - { model_name: pair, litellm_params: { model: mock/pair, mock: ${quick}, weight: 1 }, model_info: { id: pair-b } }`,
    // One call at a time, so that a second one tells whether the first was freed.
    ...(options.endless ?? []).map((name) => group(name, `model: mock/endless, max_parallel_requests: 1, mock: ${endless}`)),
    ...(options.limited ?? []).map((name) => group(name, `model: mock/limited, rpm: 1, mock: ${quick}`)),
    ...(host === undefined
      ? []
      : ["tool-model", "flaky-model"].map((model) =>
          group(model.replace("-model", ""), `model: openai/${model}, api_base: "${host}/v1", api_key: key-of-the-host`),
        )),
    // Left to the client: the router's own tries would hide the client's.
    "router_settings: { num_retries: 0, enforce_rate_limits: true }",
    `general_settings: { master_key: ${masterKey} }`,
  ].join("\n");
}
