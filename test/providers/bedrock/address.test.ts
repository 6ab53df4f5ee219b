import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import type { JsonMembers } from "../../../src/core/provider.ts";
import { chatCall } from "../../formats/kit/chat/support.ts";
import { callOf } from "../../formats/openai/support.ts";
import { connect, encoded, problemsOf, type Setup } from "../support.ts";

/** What no machine's own files say anything about. */
const bare = { AWS_CONFIG_FILE: "/nowhere/config" };
const profile = "arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/a1b2";
const claude = "us.anthropic.claude-haiku-4-5-20251001-v1:0";
const runtime = "https://bedrock-runtime.us-west-2.amazonaws.com";

interface Row {
  readonly what: string;
  readonly address: string;
  readonly settings?: JsonMembers;
  readonly environment?: Readonly<Record<string, string>>;
  readonly apiBase?: string;
  /** Of a chat that is not streamed, and of one that is where that has another. */
  readonly url: string;
  readonly streamUrl?: string;
  /** The model in the body. */
  readonly bodyModel?: string;
}

const rows: readonly Row[] = [
  {
    what: "a model by Converse",
    address: "bedrock/anthropic.claude-v2:1",
    url: `${runtime}/model/anthropic.claude-v2%3A1/converse`,
    streamUrl: `${runtime}/model/anthropic.claude-v2%3A1/converse-stream`,
  },
  { what: "the same by its other prefix", address: "bedrock_converse/a.b", url: `${runtime}/model/a.b/converse` },
  { what: "the same, said in the name", address: "bedrock/converse/a.b", url: `${runtime}/model/a.b/converse` },
  { what: "a bare id", address: claude, url: `${runtime}/model/${encodeURIComponent(claude)}/converse` },
  { what: "a profile of several regions", address: `bedrock/${claude}`, url: `${runtime}/model/${encodeURIComponent(claude)}/converse` },
  {
    what: "Claude by InvokeModel",
    address: `bedrock/invoke/${claude}`,
    url: `${runtime}/model/${encodeURIComponent(claude)}/invoke`,
    streamUrl: `${runtime}/model/${encodeURIComponent(claude)}/invoke-with-response-stream`,
  },
  {
    what: "an ARN by InvokeModel",
    address: `bedrock/invoke/${profile}`,
    url: `https://bedrock-runtime.eu-west-1.amazonaws.com/model/${encodeURIComponent(profile)}/invoke`,
  },
  {
    what: "others by Converse all the same",
    address: "bedrock/invoke/amazon.nova-pro-v1:0",
    url: `${runtime}/model/amazon.nova-pro-v1%3A0/converse`,
  },
  {
    what: "a region in the name",
    address: "bedrock/eu-central-1/anthropic.claude-v2:1",
    url: "https://bedrock-runtime.eu-central-1.amazonaws.com/model/anthropic.claude-v2%3A1/converse",
  },
  {
    what: "a route, a region and a commitment in the name",
    address: "bedrock/converse/us-east-1/1-month-commitment/anthropic.claude-v2:1",
    url: "https://bedrock-runtime.us-east-1.amazonaws.com/model/anthropic.claude-v2%3A1/converse",
  },
  {
    what: "an ARN, which is encoded and names the region",
    address: `bedrock/${profile}`,
    url: `https://bedrock-runtime.eu-west-1.amazonaws.com/model/${encodeURIComponent(profile)}/converse`,
  },
  {
    what: "an ARN behind the kind of its model",
    address: `bedrock/nova/${profile}`,
    url: `https://bedrock-runtime.eu-west-1.amazonaws.com/model/${encodeURIComponent(profile)}/converse`,
  },
  {
    what: "an ARN as model_id",
    address: "bedrock/anthropic.claude-v2:1",
    settings: { model_id: profile },
    url: `https://bedrock-runtime.eu-west-1.amazonaws.com/model/${encodeURIComponent(profile)}/converse`,
  },
  {
    what: "a context that is wanted",
    address: "bedrock/anthropic.claude-v2:1:51k",
    url: `${runtime}/model/anthropic.claude-v2%3A1/converse`,
  },
  {
    what: "the same in brackets",
    address: "bedrock/anthropic.claude-opus-4-6-v1[1m]",
    url: `${runtime}/model/anthropic.claude-opus-4-6-v1/converse`,
  },
  {
    what: "a region of its own before what the name says",
    address: "bedrock/eu-central-1/a.b",
    settings: { aws_region_name: "ap-southeast-2" },
    url: "https://bedrock-runtime.ap-southeast-2.amazonaws.com/model/a.b/converse",
  },
  {
    what: "region_name where it is a region",
    address: "bedrock/a.b",
    settings: { region_name: "ca-central-1" },
    url: "https://bedrock-runtime.ca-central-1.amazonaws.com/model/a.b/converse",
  },
  { what: "no region_name that is none", address: "bedrock/a.b", settings: { region_name: "eu" }, url: `${runtime}/model/a.b/converse` },
  {
    what: "LiteLLM's variable before AWS's",
    address: "bedrock/a.b",
    environment: { AWS_REGION_NAME: "eu-north-1", AWS_REGION: "sa-east-1" },
    url: "https://bedrock-runtime.eu-north-1.amazonaws.com/model/a.b/converse",
  },
  {
    what: "AWS's variable",
    address: "bedrock/a.b",
    environment: { AWS_REGION_NAME: "", AWS_REGION: "sa-east-1" },
    url: "https://bedrock-runtime.sa-east-1.amazonaws.com/model/a.b/converse",
  },
  {
    what: "the name before the environment",
    address: `bedrock/${profile}`,
    environment: { AWS_REGION: "sa-east-1" },
    url: `https://bedrock-runtime.eu-west-1.amazonaws.com/model/${encodeURIComponent(profile)}/converse`,
  },
  {
    what: "China's domain",
    address: "bedrock/a.b",
    settings: { aws_region_name: "cn-north-1" },
    url: "https://bedrock-runtime.cn-north-1.amazonaws.com.cn/model/a.b/converse",
  },
  {
    what: "an address of one's own",
    address: "bedrock/a.b",
    apiBase: "https://proxy.example/aws/",
    settings: { aws_bedrock_runtime_endpoint: "https://other.example" },
    url: "https://proxy.example/aws/model/a.b/converse",
  },
  {
    what: "the same by its own setting",
    address: "bedrock/a.b",
    settings: { aws_bedrock_runtime_endpoint: "https://vpce-1.example" },
    environment: { AWS_BEDROCK_RUNTIME_ENDPOINT: "https://other.example" },
    url: "https://vpce-1.example/model/a.b/converse",
  },
  {
    what: "the same by the environment",
    address: "bedrock/a.b",
    environment: { AWS_BEDROCK_RUNTIME_ENDPOINT: "https://vpce-2.example" },
    url: "https://vpce-2.example/model/a.b/converse",
  },
  {
    what: "OpenAI's API of Bedrock for Grok",
    address: "bedrock/xai.grok-4-6",
    url: `${runtime}/openai/v1/chat/completions`,
    bodyModel: "xai.grok-4-6",
  },
  {
    what: "the same for new GPTs, behind a region too",
    address: "bedrock/us-east-1/us.openai.gpt-5.6-sol",
    url: "https://bedrock-runtime.us-east-1.amazonaws.com/openai/v1/chat/completions",
    bodyModel: "us.openai.gpt-5.6-sol",
  },
  {
    what: "Converse for older ones",
    address: "bedrock/openai.gpt-oss-120b-1:0",
    url: `${runtime}/model/openai.gpt-oss-120b-1%3A0/converse`,
  },
  {
    what: "OpenAI's API where the name wants it",
    address: "bedrock/chat_completions/openai.gpt-oss-120b-1:0",
    url: `${runtime}/openai/v1/chat/completions`,
    bodyModel: "openai.gpt-oss-120b-1:0",
  },
  { what: "Converse where the name wants that", address: "bedrock/converse/xai.grok-4-6", url: `${runtime}/model/xai.grok-4-6/converse` },
  {
    what: "an address that is OpenAI's already",
    address: "bedrock/chat_completions/m",
    apiBase: "https://proxy.example/openai/v1",
    url: "https://proxy.example/openai/v1/chat/completions",
    bodyModel: "m",
  },
  {
    what: "Claude at Mantle",
    address: "bedrock_mantle/anthropic.claude-haiku-4-5",
    url: "https://bedrock-mantle.us-east-1.api.aws/anthropic/v1/messages",
    bodyModel: "anthropic.claude-haiku-4-5",
  },
  {
    what: "the same in a region, by the route",
    address: "bedrock/mantle/eu-west-1/anthropic.claude-haiku-4-5",
    url: "https://bedrock-mantle.eu-west-1.api.aws/anthropic/v1/messages",
    bodyModel: "anthropic.claude-haiku-4-5",
  },
  {
    what: "others at Mantle",
    address: "bedrock_mantle/openai.gpt-oss-120b",
    environment: { BEDROCK_MANTLE_REGION: "us-east-1", AWS_REGION: "eu-west-1" },
    url: "https://bedrock-mantle.us-east-1.api.aws/v1/chat/completions",
    bodyModel: "openai.gpt-oss-120b",
  },
  {
    what: "those that Mantle has elsewhere",
    address: "bedrock_mantle/openai.gpt-5.5",
    url: "https://bedrock-mantle.us-east-1.api.aws/openai/v1/chat/completions",
    bodyModel: "openai.gpt-5.5",
  },
  {
    what: "Mantle at an address of one's own",
    address: "bedrock_mantle/openai.gpt-5.5",
    environment: { BEDROCK_MANTLE_API_BASE: "https://bedrock-mantle.us-east-2.api.aws/v1" },
    url: "https://bedrock-mantle.us-east-2.api.aws/v1/chat/completions",
    bodyModel: "openai.gpt-5.5",
  },
  {
    what: "Claude at that address",
    address: "bedrock_mantle/anthropic.claude-haiku-4-5",
    environment: { BEDROCK_MANTLE_API_BASE: "https://bedrock-mantle.us-east-2.api.aws/openai/v1" },
    url: "https://bedrock-mantle.us-east-2.api.aws/anthropic/v1/messages",
    bodyModel: "anthropic.claude-haiku-4-5",
  },
];

function setupOf({ address, settings = {}, environment = {}, apiBase }: Row): Setup {
  return { address, apiBase, environment: { ...bare, ...environment }, setting: (name) => settings[name] };
}

function problems(address: string, settings: JsonMembers = {}, environment: Readonly<Record<string, string>> = {}): string[] {
  return problemsOf(setupOf({ what: "", address, settings, environment, url: "" }));
}

describe("the addresses of Bedrock", () => {
  for (const row of rows) {
    it(`${row.what}: ${row.address.slice(0, 60)}`, () => {
      const { adapter, model } = connect(setupOf(row));
      const plain = encoded(adapter, chatCall({}), model);
      assert.equal(plain.origin + plain.path, row.url);
      assert.equal(adapter.origin, plain.origin);
      assert.equal(plain.headers["authorization"], "Bearer sk-test-0123456789");
      const streamed = encoded(adapter, chatCall({ stream: true }), model);
      assert.equal(streamed.path, row.streamUrl === undefined ? streamed.path : new URL(row.streamUrl).pathname);
      const body = JSON.parse(Buffer.concat(plain.body).toString()) as JsonMembers;
      assert.equal(body["model"], row.bodyModel);
    });
  }

  it("names the model that a wildcard's call names", () => {
    const { adapter } = connect(setupOf({ what: "", address: "bedrock/*", url: "" }));
    assert.equal(encoded(adapter, chatCall({}), "amazon.nova-pro-v1:0").path, "/model/amazon.nova-pro-v1%3A0/converse");
    assert.equal(encoded(adapter, chatCall({}), "converse/a.b").path, "/model/a.b/converse");
  });

  it("finds the region of a profile in AWS's configuration file", () => {
    const folder = mkdtempSync(join(tmpdir(), "huntgroup-aws-"));
    after(() => rmSync(folder, { recursive: true }));
    const file = join(folder, "config");
    writeFileSync(
      file,
      "[default]\nregion=eu-north-1\n[profile 'team']\noutput = json\n  region = ap-south-1\n[profile none]\n[sso-session x]\nregion = us-east-1\n",
    );
    const regionOf = (settings: JsonMembers): string => {
      const { adapter } = connect(setupOf({ what: "", address: "bedrock/a.b", environment: { AWS_CONFIG_FILE: file }, settings, url: "" }));
      return adapter.origin ?? "";
    };
    assert.equal(regionOf({}), "https://bedrock-runtime.eu-north-1.amazonaws.com");
    assert.equal(regionOf({ aws_profile_name: "team" }), "https://bedrock-runtime.ap-south-1.amazonaws.com");
    assert.equal(regionOf({ aws_profile_name: "none" }), runtime);
  });

  it("tells what it cannot do, and where", () => {
    assert.match(problems("bedrock/agent/ABC/DEF").join(), /^model leads to agent\/ of Bedrock, which is not supported/);
    assert.match(
      problems("bedrock/a.b", { aws_region_name: "x/evil.example" }).join(),
      /^aws_region_name is no region such as eu-central-1$/,
    );
    assert.match(
      problems("bedrock/a.b", {}, { AWS_REGION: "evil.example#" }).join(),
      /^aws_region_name is no region .*\(from AWS_REGION\)$/,
    );
    assert.match(problems("bedrock/a.b", { aws_bedrock_runtime_endpoint: "evil" }).join(), /^aws_bedrock_runtime_endpoint is not a URL/);
  });

  it("sends InvokeModel Messages with their version in the body, without model and stream", () => {
    const { adapter, model } = connect(setupOf({ what: "", address: `bedrock/invoke/${claude}`, url: "" }));
    const request = encoded(
      adapter,
      chatCall({ stream: true, max_tokens: 9, anthropic_beta: ["context-1m-2025-08-07", "files-api-2025-04-14"] }),
      model,
    );
    assert.equal(request.headers["accept"], "application/vnd.amazon.eventstream");
    assert.deepEqual(JSON.parse(Buffer.concat(request.body).toString()), {
      anthropic_version: "bedrock-2023-05-31",
      anthropic_beta: ["context-1m-2025-08-07"],
      max_tokens: 9,
      messages: [{ role: "user", content: [{ type: "text", text: "hi" }] }],
    });
  });

  it("asks for embeddings by InvokeModel", () => {
    const { adapter, model } = connect(setupOf({ what: "", address: "bedrock/amazon.titan-embed-text-v2:0", url: "" }));
    const request = encoded(adapter, callOf({ model: "m", input: "hi" }, "embeddings"), model);
    assert.equal(request.path, "/model/amazon.titan-embed-text-v2%3A0/invoke");
    assert.equal((JSON.parse(Buffer.concat(request.body).toString()) as JsonMembers)["inputText"], "hi");
  });

  it("has no other operations than chats where a model has none", () => {
    const { adapter, model } = connect(setupOf({ what: "", address: `bedrock/${claude}`, url: "" }));
    const refused = adapter.encode(callOf({ model: "m", prompt: "x" }, "completions"), model);
    assert.equal("code" in refused && refused.code, "operation_not_supported");
  });
});
