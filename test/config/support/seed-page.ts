/** The two configurations of LiteLLM's page on load balancing, with the placeholders filled in. */
const deployments = `model_list:
- model_name: gpt-3.5-turbo
  litellm_params:
    model: azure/gpt-turbo-small-eu
    api_base: https://my-endpoint-europe.openai.azure.com/
    api_key: azure-key-one
    rpm: 6 # Rate limit for this deployment: in requests per minute (rpm)
- model_name: gpt-3.5-turbo
  litellm_params:
    model: azure/gpt-turbo-small-ca
    api_base: https://my-endpoint-canada-berri992.openai.azure.com/
    api_key: azure-key-two
    rpm: 6
`;

export const seedPageConfigs: readonly string[] = [
  `${deployments}- model_name: gpt-3.5-turbo
  litellm_params:
    model: azure/gpt-turbo-large
    api_base: https://openai-france-1234.openai.azure.com/
    api_key: azure-key-three
    rpm: 1440
`,
  `${deployments}router_settings:
  model_group_alias: {"gpt-4": "gpt-3.5-turbo"} # all requests with \`gpt-4\` will be routed to models with \`gpt-3.5-turbo\`
  routing_strategy: least-busy # Literal["simple-shuffle", "least-busy", "usage-based-routing", "latency-based-routing"]
  num_retries: 2
  timeout: 30 # 30 seconds
`,
];
