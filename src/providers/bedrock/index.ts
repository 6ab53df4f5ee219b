import type { ProviderPlugin } from "../../core/provider.ts";
import type { CredentialStore } from "../credentials/credential-store.ts";
import { connectBedrock } from "./connect.ts";

const signingVariables = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE_NAME", "AWS_ROLE_NAME"];
const regionVariables = ["AWS_REGION_NAME", "AWS_REGION"];

/** AWS's Bedrock: models of many makers, asked by Converse; and Mantle, where it has the makers' own APIs. */
export function createBedrock(store: CredentialStore): readonly ProviderPlugin[] {
  return [
    {
      name: "bedrock",
      prefixes: ["bedrock", "bedrock_converse"],
      place: {
        address: "https://bedrock-runtime.{region}.amazonaws.com",
        variables: ["AWS_BEDROCK_RUNTIME_ENDPOINT", ...regionVariables, "AWS_BEARER_TOKEN_BEDROCK", ...signingVariables],
        api: "Bedrock's Converse",
      },
      connect: (params) => connectBedrock(params, store),
    },
    {
      name: "bedrock_mantle",
      prefixes: ["bedrock_mantle"],
      place: {
        address: "https://bedrock-mantle.{region}.api.aws",
        variables: [
          "BEDROCK_MANTLE_API_BASE",
          "BEDROCK_MANTLE_REGION",
          ...regionVariables,
          "BEDROCK_MANTLE_API_KEY",
          "AWS_BEARER_TOKEN_BEDROCK",
          ...signingVariables,
        ],
        api: "Anthropic's Messages for Claude, else OpenAI's",
      },
      connect: (params) => connectBedrock(params, store),
    },
  ];
}
