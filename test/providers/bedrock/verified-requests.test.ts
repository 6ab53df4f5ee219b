import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { BedrockRuntimeClient, ConverseCommand, InvokeModelCommand } from "@aws-sdk/client-bedrock-runtime";
import type { JsonMembers } from "../../../src/core/provider.ts";
import type { UpstreamRequest } from "../../../src/core/upstream.ts";
import { CredentialStore } from "../../../src/providers/credentials/credential-store.ts";
import { createProviderPlugins, createProviderRegistry } from "../../../src/providers/index.ts";
import { chatCall, encoded } from "../../formats/kit/chat/support.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { connect } from "../support.ts";
import { faultOf, type FakeAnswer, type FakeAws, type HeardRequest, listenAsAws } from "./fake-aws.ts";
import { exampleKeys, type SigningPair } from "./support.ts";

/**
 * Requests as a host of AWS's judges them: by AWS's own signer. AWS's own client is held to the same host, so that the host is held to that.
 */

const region = "eu-central-1";
const sessionKeys: SigningPair = {
  accessKeyId: "ASIASESSION",
  secretAccessKey: "session/secret",
  sessionToken: "session/token==0123456789",
};
const arn = "arn:aws:bedrock:eu-central-1:123456789012:inference-profile/eu.anthropic.claude-haiku-4-5-20251001-v1:0";
const answer = {
  output: { message: { role: "assistant", content: [{ text: "Hello" }] } },
  stopReason: "end_turn",
  usage: { inputTokens: 1, outputTokens: 1, totalTokens: 2 },
  metrics: { latencyMs: 1 },
};

let aws: FakeAws;
/** The same, for AWS's own client. */
let aws2: FakeAws;
let clock = new FakeClock();
/** The host's clock, which is not the router's. */
let hostTime = (): number => clock.wallTime();

async function judge(request: HeardRequest, origin: string): Promise<FakeAnswer> {
  const known = { region, service: "bedrock", keys: [exampleKeys, sessionKeys], wallTime: () => hostTime() };
  const fault = await faultOf(request, origin, known);
  if (fault === undefined) return { status: 200, body: JSON.stringify(answer) };
  return {
    status: 403,
    headers: { "x-amzn-errortype": `${fault.type}:http://internal.amazon.com/` },
    body: JSON.stringify({ message: fault.message }),
  };
}

function deployment(keys: SigningPair, model = "anthropic.claude-v2:1") {
  const settings: JsonMembers = {
    aws_region_name: region,
    aws_bedrock_runtime_endpoint: aws.origin,
    aws_access_key_id: keys.accessKeyId,
    aws_secret_access_key: keys.secretAccessKey,
    ...(keys.sessionToken === undefined ? {} : { aws_session_token: keys.sessionToken }),
  };
  const registry = createProviderRegistry(createProviderPlugins(new CredentialStore(clock)));
  const setup = {
    address: `bedrock/${model}`,
    apiKey: undefined,
    setting: (name: string) => settings[name],
    extraHeaders: { "X-Team": "blue" },
  };
  return connect(setup, registry);
}

function signedBy(keys: SigningPair, model?: string): UpstreamRequest {
  const made = deployment(keys, model);
  return encoded(made.adapter, chatCall({ messages: [{ role: "user", content: "Grüße 🙂" }] }), made.model);
}

async function send(
  request: UpstreamRequest,
): Promise<{ readonly status: number; readonly type: string | undefined; readonly text: string }> {
  // A proxy in between adds headers of its own.
  const headers = { ...request.headers, "x-forwarded-for": "10.0.0.1" };
  const response = await fetch(request.origin + request.path, { method: "POST", headers, body: Buffer.concat(request.body) });
  return { status: response.status, type: response.headers.get("x-amzn-errortype")?.split(":")[0], text: await response.text() };
}

/** Hooks of the suites that call it, and of no other file that shares a process with this one. */
function withHosts(): void {
  before(async () => {
    aws = await listenAsAws(judge);
    aws2 = await listenAsAws(judge, { http2: true });
  });
  after(() => Promise.all([aws.close(), aws2.close()]));
  afterEach(() => {
    clock = new FakeClock();
    hostTime = () => clock.wallTime();
  });
}

describe("requests to Bedrock, as AWS judges them", () => {
  withHosts();

  it("are taken of AWS's own client", async () => {
    for (const credentials of [exampleKeys, sessionKeys]) {
      const { sessionToken, ...pair } = { sessionToken: undefined, ...credentials };
      hostTime = () => Date.now();
      const client = new BedrockRuntimeClient({
        region,
        endpoint: aws2.origin,
        credentials: sessionToken === undefined ? pair : { ...pair, sessionToken },
      });
      const messages = [{ role: "user" as const, content: [{ text: "hi" }] }];
      // oxlint-disable-next-line no-await-in-loop
      const reply = await client.send(new ConverseCommand({ modelId: arn, messages }));
      assert.equal(reply.output?.message?.content?.[0]?.text, "Hello");
      // oxlint-disable-next-line no-await-in-loop
      await client.send(new InvokeModelCommand({ modelId: "anthropic.claude-v2:1", body: "{}", contentType: "application/json" }));
      client.destroy();
    }
  });

  it("are taken of ours, with keys that hold for ever or for a time, for ids and ARNs", async () => {
    for (const keys of [exampleKeys, sessionKeys]) {
      for (const model of ["anthropic.claude-v2:1", arn, "chat_completions/openai.gpt-oss-20b-1:0"]) {
        // oxlint-disable-next-line no-await-in-loop
        const { status, text } = await send(signedBy(keys, model));
        assert.equal(status, 200, text);
      }
    }
  });

  it("are asked for at the same path by AWS's own client and by ours", async () => {
    hostTime = () => Date.now();
    const client = new BedrockRuntimeClient({ region, endpoint: aws2.origin, credentials: exampleKeys });
    await client.send(new ConverseCommand({ modelId: arn, messages: [{ role: "user", content: [{ text: "hi" }] }] }));
    client.destroy();
    assert.equal(aws2.heard.at(-1)?.path, signedBy(exampleKeys, arn).path);
  });

  const wrong: readonly (readonly [string, (request: UpstreamRequest) => UpstreamRequest, string])[] = [
    [
      "are not signed",
      ({ headers: { authorization: _none, ...headers }, ...rest }) => ({ ...rest, headers }),
      "MissingAuthenticationTokenException",
    ],
    ["have another body", (request) => ({ ...request, body: [Buffer.from("{}")] }), "InvalidSignatureException"],
    ["have another path", (request) => ({ ...request, path: request.path.replace("v2", "v3") }), "InvalidSignatureException"],
    [
      "have another content type",
      (request) => ({ ...request, headers: { ...request.headers, "content-type": "text/plain" } }),
      "InvalidSignatureException",
    ],
    [
      "have another token",
      (request) => ({ ...request, headers: { ...request.headers, "x-amz-security-token": "other" } }),
      "UnrecognizedClientException",
    ],
  ];
  for (const [what, change, type] of wrong) {
    it(`are refused that ${what}`, async () => {
      const { status, type: told } = await send(change(signedBy(sessionKeys)));
      assert.deepEqual([status, told], [403, type]);
    });
  }

  it("are refused that a wrong secret signed, and the token that AWS quotes is told to nobody", async () => {
    const keys = { ...sessionKeys, secretAccessKey: "wrong/secret" };
    const { status, type = "", text } = await send(signedBy(keys));
    assert.deepEqual([status, type], [403, "InvalidSignatureException"]);
    assert.match(text, /session\/token/);
    const error = deployment(keys).adapter.decodeError(status, { "x-amzn-errortype": type }, Buffer.from(text));
    assert.equal(error.code, "upstream_auth");
    assert.doesNotMatch(JSON.stringify([error.message, error.upstream]), /session\/token/);
  });

  it("are refused that are late", async () => {
    const request = signedBy(exampleKeys);
    clock.advance(5 * 60_000 + 1_000);
    const { status, text } = await send(request);
    assert.equal(status, 403);
    assert.match(text, /Signature expired/);
  });
});
