import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import OpenAI, { AuthenticationError, BadRequestError, InternalServerError, NotFoundError, RateLimitError } from "openai";
import { FakeClock } from "../support/fake-clock.ts";
import { hostConfig, publicModel, upstreamKey, upstreamModel } from "../support/host-config.ts";
import type { OpenAiHost } from "../support/openai-host.ts";
import { chatEvents, hostEmbedding, hostError, hostToolArguments, hostWords } from "../support/openai-replies.ts";
import { Parties } from "../support/parties.ts";
import type { RunningTestService } from "../support/start-service.ts";
import { within } from "../support/within.ts";

const messages = [{ role: "user" as const, content: "Say hello." }];
const tools = [
  {
    type: "function" as const,
    function: { name: "get_weather", parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] } },
  },
];
const answer = hostWords.join("");

describe("OpenAI's own package", () => {
  const parties = new Parties();
  let host: OpenAiHost;
  let service: RunningTestService;
  let client: OpenAI;
  /** Without the retries that the package makes by itself. */
  let patientClient: OpenAI;

  before(async () => {
    host = await parties.host();
    // Nobody moves its clock on: what it does all the same has waited for no timer.
    service = await parties.service(hostConfig(host), { clock: new FakeClock() });
    client = new OpenAI({ apiKey: "none-needed", baseURL: `${service.origin}/v1`, maxRetries: 0 });
    patientClient = client.withOptions({ maxRetries: 2 });
  });
  afterEach(() => {
    assert.equal(service.router.inFlight, 0);
    host.reset();
  });
  after(() => parties.end());

  test("chats", async () => {
    const { data, response } = await client.chat.completions.create({ model: publicModel, messages }).withResponse();
    assert.equal(data.choices[0]?.message.content, answer);
    assert.equal(data.model, publicModel);
    assert.equal(data.usage?.total_tokens, 13);
    assert.equal(response.headers.get("x-huntgroup-model-id"), "the-one");
    assert.equal(host.lastHit.path, "/v1/chat/completions");
    assert.equal(host.lastHit.headers.authorization, `Bearer ${upstreamKey}`);
    assert.deepEqual(host.lastHit.json, { model: upstreamModel, messages });
  });

  test("streams a chat, usage included", async () => {
    const stream = await client.chat.completions.create({
      model: publicModel,
      messages,
      stream: true,
      stream_options: { include_usage: true },
    });
    const words: string[] = [];
    let total: number | undefined;
    for await (const chunk of stream) {
      assert.equal(chunk.model, publicModel);
      const word = chunk.choices[0]?.delta.content;
      if (typeof word === "string" && word !== "") words.push(word);
      total ??= chunk.usage?.total_tokens;
    }
    assert.deepEqual(words, hostWords);
    assert.equal(total, 13);
  });

  test("calls a tool", async () => {
    const completion = await client.chat.completions.create({ model: publicModel, messages, tools, tool_choice: "auto" });
    const [call] = completion.choices[0]?.message.tool_calls ?? [];
    assert.ok(call?.type === "function");
    assert.deepEqual(call.function, { name: "get_weather", arguments: hostToolArguments });
    assert.equal(completion.choices[0]?.finish_reason, "tool_calls");
    assert.deepEqual(host.lastHit.json.tools, tools);
  });

  test("assembles a streamed tool call by its own helper", async () => {
    const completion = await client.chat.completions.stream({ model: publicModel, messages, tools }).finalChatCompletion();
    const [call] = completion.choices[0]?.message.tool_calls ?? [];
    assert.ok(call?.type === "function");
    assert.equal(call.function.name, "get_weather");
    assert.equal(call.function.arguments, hostToolArguments);
  });

  test("embeds, in the packed form that it asks for by itself and in the plain one", async () => {
    for (const format of [undefined, "float"] as const) {
      const request = { model: publicModel, input: ["one", "two"], ...(format === undefined ? {} : { encoding_format: format }) };
      const { data, model } = await client.embeddings.create(request);
      assert.deepEqual(
        data.map(({ embedding }) => [...embedding]),
        [hostEmbedding, hostEmbedding],
      );
      assert.equal(model, publicModel);
      assert.equal(host.lastHit.json.encoding_format, format ?? "base64");
    }
    assert.equal(host.lastHit.path, "/v1/embeddings");
  });

  test("completes by the older API, whole and streamed", async () => {
    const whole = await client.completions.create({ model: publicModel, prompt: "Say hello." });
    assert.equal(whole.choices[0]?.text, answer);
    const words: string[] = [];
    const stream = await client.completions.create({ model: publicModel, prompt: "Say hello.", stream: true });
    for await (const { choices } of stream) if (choices[0]?.text) words.push(choices[0].text);
    assert.deepEqual(words, hostWords);
    assert.equal(host.lastHit.path, "/v1/completions");
  });

  test("lists the models, and asks for one", async () => {
    const models: string[] = [];
    for await (const model of client.models.list()) models.push(model.id);
    assert.deepEqual(models, [publicModel]);
    assert.equal((await client.models.retrieve(publicModel)).id, publicModel);
    await assert.rejects(client.models.retrieve("nonesuch"), NotFoundError);
    assert.equal(host.hits.length, 0);
  });

  test("throws NotFoundError for a model that is not there", async () => {
    const error = await failure(client.chat.completions.create({ model: "nonesuch", messages }));
    assert.ok(error instanceof NotFoundError);
    assert.equal(error.code, "model_not_found");
    assert.equal(error.param, "model");
    assert.match(error.message, /nonesuch/);
    assert.equal(host.hits.length, 0);
  });

  test("throws BadRequestError with what the provider said", async () => {
    const said = { message: "Unsupported value.", type: "invalid_request_error", param: "temperature", code: "unsupported_value" };
    host.once(hostError(400, said));
    const error = await failure(client.chat.completions.create({ model: publicModel, messages, temperature: 9 }));
    assert.ok(error instanceof BadRequestError);
    assert.deepEqual({ param: error.param, code: error.code, type: error.type }, { param: said.param, code: said.code, type: said.type });
    assert.match(error.message, /Unsupported value\./);
  });

  test("throws RateLimitError, with the time to wait", async () => {
    host.once(hostError(429, { message: "Slow down.", code: "rate_limit_exceeded" }, { "retry-after": "7" }));
    const error = await failure(client.chat.completions.create({ model: publicModel, messages }));
    assert.ok(error instanceof RateLimitError);
    assert.equal(error.headers.get("retry-after"), "7");
  });

  test("throws AuthenticationError without the server's key, and not when only a deployment's key is wrong", async () => {
    host.once(hostError(401, { message: "Incorrect API key.", code: "invalid_api_key" }));
    const error = await failure(client.chat.completions.create({ model: publicModel, messages }));
    assert.ok(error instanceof InternalServerError, String(error));
    const guarded = await parties.service(hostConfig(host, "general_settings:\n  master_key: sk-master-key"));
    const baseURL = `${guarded.origin}/v1`;
    const wrong = new OpenAI({ apiKey: "sk-another-key", baseURL, maxRetries: 0 });
    await assert.rejects(wrong.chat.completions.create({ model: publicModel, messages }), AuthenticationError);
    const right = new OpenAI({ apiKey: "sk-master-key", baseURL, maxRetries: 0 });
    assert.equal((await right.chat.completions.create({ model: publicModel, messages })).choices[0]?.message.content, answer);
  });

  test("retries by itself what this server reports as worth retrying", async () => {
    const soon = { "retry-after-ms": "1" };
    host.once(hostError(503, { message: "Busy." }, soon), hostError(429, { message: "Slow down." }, soon));
    const completion = await patientClient.chat.completions.create({ model: publicModel, messages });
    assert.equal(completion.choices[0]?.message.content, answer);
    assert.equal(host.hits.length, 3);
  });

  test("does not retry what would fail again", async () => {
    host.always(hostError(400, { message: "No." }));
    await assert.rejects(patientClient.chat.completions.create({ model: publicModel, messages }), BadRequestError);
    assert.equal(host.hits.length, 1);
  });

  test("frees the provider at once when it aborts a stream", async () => {
    host.always({ kind: "stream", pieces: chatEvents(hostWords).slice(0, -2), end: "hang" });
    const stream = await client.chat.completions.create({ model: publicModel, messages, stream: true });
    for await (const chunk of stream) {
      if (chunk.choices[0]?.delta.content !== hostWords.at(-1)) continue;
      assert.equal(service.router.inFlight, 1);
      stream.controller.abort();
      break;
    }
    await within(host.lastHit.hungUp, "the host's client hung up");
    assert.equal(service.router.inFlight, 0);
  });

  test("frees the provider at once when it aborts a call without an answer yet", async () => {
    host.always({ kind: "hang" });
    const hit = host.nextHit();
    const controller = new AbortController();
    const call = failure(client.chat.completions.create({ model: publicModel, messages }, { signal: controller.signal }));
    const { hungUp } = await hit;
    controller.abort();
    await within(hungUp, "the host's client hung up");
    assert.ok((await call) instanceof OpenAI.APIUserAbortError);
  });

  test("reports a stream that breaks off as an error, and not as its end", async () => {
    host.always({ kind: "stream", pieces: chatEvents(hostWords).slice(0, 3), end: "cut" });
    const stream = await client.chat.completions.create({ model: publicModel, messages, stream: true });
    const words: string[] = [];
    const read = async (): Promise<void> => {
      for await (const chunk of stream) words.push(chunk.choices[0]?.delta.content ?? "");
    };
    await assert.rejects(read(), OpenAI.APIError);
    assert.deepEqual(words, ["", ...hostWords.slice(0, 2)]);
  });
});

/** What a call throws. */
async function failure(call: Promise<unknown>): Promise<unknown> {
  return await call.then(
    () => assert.fail("the call succeeded"),
    (error: unknown) => error,
  );
}
