import {
  BedrockRuntimeClient,
  type BedrockRuntimeClientConfig,
  ConverseCommand,
  type ConverseCommandInput,
  ConverseStreamCommand,
  InvokeModelCommand,
  ThrottlingException,
  ValidationException,
} from "@aws-sdk/client-bedrock-runtime";
import assert from "node:assert/strict";
import { once } from "node:events";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { after, before, beforeEach, describe, test } from "node:test";
import { awsError, BedrockApi } from "../../support/fakes/bedrock-api.ts";
import { StrictHost } from "../../support/fakes/strict-host.ts";
import { loopScript, thought, toolArguments } from "../../support/fakes/tool-loop.ts";

type HttpHandler = Extract<NonNullable<BedrockRuntimeClientConfig["requestHandler"]>, { handle: unknown }>;

const keys = { accessKeyId: "AKIDFAKE", secretAccessKey: "fake/secret", sessionToken: "token" };
const region = "eu-central-1";
const modelId = "eu.anthropic.claude-haiku-4-5-20251001-v1:0";
const user = (...content: unknown[]) => ({ role: "user", content });
const says = (...content: unknown[]) => ({ role: "assistant", content });
const hi = { text: "hi" };
const call = { toolUse: { toolUseId: "t1", name: "f", input: {} } };
const result = { toolResult: { toolUseId: "t1", content: [{ text: "4" }] } };
const toolConfig = { tools: [{ toolSpec: { name: "f", inputSchema: { json: { type: "object" } } } }] };

/** The package would speak HTTP/2 by itself. */
const http1 = {
  async handle({ hostname, port, path, method, headers, body }: Parameters<HttpHandler["handle"]>[0]) {
    const request = httpRequest({ hostname, port, path, method, headers });
    request.end(body as string | Uint8Array);
    const [response] = (await once(request, "response")) as [IncomingMessage];
    return { response: { statusCode: response.statusCode ?? 0, headers: response.headers as Record<string, string>, body: response } };
  },
  metadata: { handlerProtocol: "http/1.1" },
} as unknown as HttpHandler;

/** What AWS's documentation says is refused, and the words that name it. */
const refused: readonly (readonly [string, object, RegExp])[] = [
  ["a chat that the assistant begins", { messages: [says(hi)] }, /first message must use the "user" role/],
  ["a chat without messages", { messages: [] }, /must start with a user message/],
  ["turns that do not alternate", { messages: [user(hi), user(hi)] }, /roles must alternate/],
  ["a blank text", { messages: [user({ text: " " })] }, /is blank/],
  ["a message without blocks", { messages: [user()] }, /is empty/],
  ["a temperature over 1", { inferenceConfig: { temperature: 1.5 } }, /between 0 and 1/],
  ["an empty stop", { inferenceConfig: { stopSequences: [""] } }, /length less than 1/],
  ["calls without tools", { messages: [user(hi), says(call), user(result)] }, /toolConfig field must be defined/],
  ["a call without its result", { toolConfig, messages: [user(hi), says(call), user(hi)] }, /without `tool_result`/],
  ["a result without its call", { toolConfig, messages: [user(result)] }, /unexpected `tool_use_id`/],
  ["a name with a slash", { toolConfig: { tools: [{ toolSpec: { name: "a/b", inputSchema: { json: { type: "object" } } } }] } }, /pattern/],
  [
    "five points of the cache",
    { messages: [user(...Array.from({ length: 5 }, () => [hi, { cachePoint: { type: "default" } }]).flat())] },
    /maximum of 4/,
  ],
  [
    "thinking that it never gave",
    { messages: [user(hi), says({ reasoningContent: { reasoningText: { text: "a", signature: "b" } } }), user(hi)] },
    /Invalid `signature`/,
  ],
  [
    "a budget as large as the cap",
    { inferenceConfig: { maxTokens: 1024 }, additionalModelRequestFields: { thinking: { type: "enabled", budget_tokens: 1024 } } },
    /must be greater/,
  ],
  [
    "a document of an odd name",
    { messages: [user(hi, { document: { name: "a.pdf", format: "pdf", source: { bytes: Buffer.from("a") } } })] },
    /pattern/,
  ],
];

describe("the fake of Bedrock, and AWS's own package", () => {
  let host: StrictHost;
  let client: BedrockRuntimeClient;
  const connect = (credentials: typeof keys) =>
    new BedrockRuntimeClient({ region, endpoint: host.origin, credentials, maxAttempts: 1, requestHandler: http1 });

  before(async () => {
    host = await StrictHost.listen(new BedrockApi({ keys, region }));
    client = connect(keys);
  });
  beforeEach(() => host.reset());
  after(async () => {
    client.destroy();
    await host.close();
  });

  for (const [what, change, words] of refused) {
    test(`refuses ${what}`, async () => {
      const input = { modelId, messages: [user(hi)], ...change } as unknown as ConverseCommandInput;
      await assert.rejects(client.send(new ConverseCommand(input)), (error) => {
        assert.ok(error instanceof ValidationException, String(error));
        assert.match(error.message, words);
        return true;
      });
    });
  }

  test("refuses a wrong secret, a strange key, an expired token and no signature", async () => {
    const input = { modelId, messages: [user(hi)] } as unknown as ConverseCommandInput;
    for (const [change, name] of [
      [{ secretAccessKey: "another" }, "InvalidSignatureException"],
      [{ accessKeyId: "AKIDOTHER" }, "UnrecognizedClientException"],
      [{ sessionToken: "old" }, "ExpiredTokenException"],
    ] as const) {
      const stranger = connect({ ...keys, ...change });
      await assert.rejects(stranger.send(new ConverseCommand(input)), { name });
      stranger.destroy();
    }
    assert.equal((await fetch(`${host.origin}/model/${encodeURIComponent(modelId)}/converse`, { method: "POST", body: "{}" })).status, 403);
  });

  const [calls, answer] = loopScript("t1");
  const question = {
    modelId,
    messages: [user(hi)],
    inferenceConfig: { maxTokens: 2000 },
    additionalModelRequestFields: { thinking: { type: "enabled", budget_tokens: 1024 } },
    toolConfig: { tools: [{ toolSpec: { name: "get_weather", inputSchema: { json: { type: "object" } } } }] },
  } as unknown as ConverseCommandInput;

  test("holds a tool loop by Converse, whose thinking goes back as it came", async () => {
    host.script(calls, answer);
    const first = await client.send(new ConverseCommand(question));
    const message = first.output?.message;
    assert.equal(message?.content?.[0]?.reasoningContent?.reasoningText?.text, thought);
    assert.deepEqual(message.content[1]?.toolUse, { toolUseId: "t1", name: "get_weather", input: toolArguments });
    assert.equal(first.usage?.cacheWriteInputTokens, 900);
    const messages = [...(question.messages ?? []), message, user(result)] as ConverseCommandInput["messages"];
    const second = await client.send(new ConverseCommand({ ...question, messages }));
    assert.equal(second.output?.message?.content?.[0]?.text, '{"celsius":4}');
    assert.equal(second.stopReason, "end_turn");
  });

  test("streams by Converse, in frames that the package reads", async () => {
    host.script(calls);
    const { stream } = await client.send(new ConverseStreamCommand(question));
    let args = "";
    let reasoning = "";
    let output: number | undefined;
    for await (const event of stream ?? []) {
      args += event.contentBlockDelta?.delta?.toolUse?.input ?? "";
      reasoning += event.contentBlockDelta?.delta?.reasoningContent?.text ?? "";
      output = event.metadata?.usage?.outputTokens ?? output;
    }
    assert.deepEqual([JSON.parse(args), reasoning, output], [toolArguments, thought, 40]);
  });

  test("answers InvokeModel as Anthropic would", async () => {
    host.script(answer);
    const body = JSON.stringify({ anthropic_version: "bedrock-2023-05-31", max_tokens: 9, messages: [{ role: "user", content: "hi" }] });
    const { body: reply } = await client.send(new InvokeModelCommand({ modelId, contentType: "application/json", body }));
    assert.equal((JSON.parse(reply.transformToString()) as { stop_reason: string }).stop_reason, "end_turn");
    const unknown = JSON.stringify({ ...(JSON.parse(body) as object), stream: true });
    await assert.rejects(client.send(new InvokeModelCommand({ modelId, contentType: "application/json", body: unknown })), /stream: Extra/);
  });

  test("says its errors so that the package knows them, before a stream and within it", async () => {
    host.script(awsError(429, "ThrottlingException", "Too many requests"), { ...answer, fault: "limited" });
    await assert.rejects(client.send(new ConverseCommand(question)), ThrottlingException);
    const { stream } = await client.send(new ConverseStreamCommand(question));
    await assert.rejects(
      async () => {
        for await (const event of stream ?? []) void event;
      },
      (error) => error instanceof ThrottlingException,
    );
  });
});
