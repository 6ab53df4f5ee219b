import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, it } from "node:test";
import { startService, type RunningTestService } from "../support/start-service.ts";
import { describeClient } from "./support/describe-client.ts";
import { Findings } from "./support/findings.ts";
import { longestUntilFreeMs } from "./support/longest-until-free-ms.ts";
import { bigInteger, startScriptedHost, type ScriptedHost } from "./support/scripted-host.ts";
import { chatAnswer, masterKey, serviceConfig } from "./support/service-config.ts";

const program = join(import.meta.dirname, "python/openai_client.py");

await describeClient("python", "Python's openai package at the REST door", () => {
  let host: ScriptedHost;
  let service: RunningTestService;
  let findings: Findings;

  before(async () => {
    host = await startScriptedHost();
    service = await startService(serviceConfig({ endless: ["endless"], limited: ["limited"], host: host.origin }));
    findings = await Findings.of("python/bin/python", ["-B", program, `${service.origin}/v1`, masterKey]);
  });

  after(() => service.stop());
  after(() => host.stop());

  it("reads a chat completion", () => {
    assert.deepEqual(findings.get("chat"), {
      object: "chat.completion",
      model: "chat",
      role: "assistant",
      content: chatAnswer,
      finish_reason: "stop",
      total_tokens: 11,
    });
  });

  it("reads a stream in pieces, with the usage at its end", () => {
    assert.deepEqual(findings.get("stream"), {
      objects: ["chat.completion.chunk"],
      models: ["chat"],
      ids: 1,
      pieces: 6,
      content: chatAnswer,
      finish_reasons: ["stop"],
      completion_tokens: 6,
    });
  });

  it("frees the upstream when it leaves a stream", () => {
    const { content, taken, after_ms: afterMs } = findings.get("abandoned stream");
    assert.deepEqual({ content, taken }, { content: "This", taken: [true, false] });
    assert.ok(Number(afterMs) <= longestUntilFreeMs, `freed after ${String(afterMs)} ms`);
  });

  it("has tools, and what is unknown, passed through both ways", () => {
    assert.deepEqual(findings.get("tools"), {
      finish_reason: "tool_calls",
      content: null,
      id: "call_1",
      name: "weather",
      arguments: '{"city": "Oslo"}',
      invented_member: bigInteger,
    });
    const body = host.requests.find(({ model }) => model === "tool-model")?.body ?? "";
    assert.match(body, new RegExp(`"invented_parameter": ?\\{"kept": ?${bigInteger}\\}`));
    assert.partialDeepStrictEqual(JSON.parse(body), {
      tools: [{ type: "function", function: { name: "weather", parameters: { required: ["city"] } } }],
      tool_choice: { type: "function", function: { name: "weather" } },
    });
  });

  it("gets embeddings, packed or plain", () => {
    const { dimensions, ...rest } = findings.get("embeddings");
    assert.deepEqual(rest, { model: "vectors", indexes: [0, 1], same: true, distinct: true });
    assert.ok(Number(dimensions) > 1);
  });

  it("lists the models", () => {
    assert.deepEqual(findings.get("models"), {
      ids: ["chat", "vectors", "short", "pair", "endless", "limited", "tool", "flaky"],
      one: "chat",
    });
  });

  it("sees which deployment answered in the raw response", () => {
    const { headers, content } = findings.get("raw response") as { headers: Record<string, string>; content: string };
    const { "x-huntgroup-overhead-duration-ms": overheadMs, ...rest } = headers;
    assert.deepEqual(rest, {
      "x-huntgroup-call-id": "call-from-python",
      "x-huntgroup-model-id": "chat-1",
      "x-huntgroup-model-group": "chat",
      "x-huntgroup-attempted-retries": "0",
      "x-huntgroup-attempted-fallbacks": "0",
    });
    assert.ok(Number(overheadMs) >= 0);
    assert.equal(content, chatAnswer);
  });

  it("raises NotFoundError for a model that does not exist", () => {
    const { message, ...rest } = findings.get("unknown model");
    assert.deepEqual(rest, {
      class: "NotFoundError",
      status: 404,
      type: "invalid_request_error",
      param: "model",
      code: "model_not_found",
      retry_after: null,
    });
    assert.match(String(message), /no-such-model/);
  });

  it("raises AuthenticationError for a wrong key, which is not repeated to it", () => {
    const { message, ...rest } = findings.get("wrong key");
    assert.partialDeepStrictEqual(rest, { class: "AuthenticationError", status: 401 });
    assert.doesNotMatch(String(message), new RegExp(`not-the-key|${masterKey}`));
  });

  it("raises BadRequestError with the provider's code when the request is at fault", () => {
    assert.partialDeepStrictEqual(findings.get("bad request"), {
      class: "BadRequestError",
      status: 400,
      code: "context_length_exceeded",
    });
  });

  it("makes images and speech, sends files, and has texts judged", () => {
    assert.deepEqual(findings.get("operations"), {
      pictures: 2,
      edited: 1,
      sound: ["RIFF", 1_044, "audio/wav"],
      transcript: true,
      events: ["transcript.text.delta", "transcript.text.done"],
      moderation: ["vectors", 2],
    });
  });

  it("raises RateLimitError at a limit, and is told when to come back", () => {
    const { retry_after: retryAfterSeconds, ...rest } = findings.get("rate limit");
    assert.partialDeepStrictEqual(rest, { class: "RateLimitError", status: 429 });
    const seconds = Number(retryAfterSeconds);
    // A window of a minute, counted in steps of a second.
    assert.ok(seconds >= 1 && seconds <= 61, `retry-after: ${String(retryAfterSeconds)}`);
  });

  it("tries again by itself after a failure that may pass", () => {
    assert.deepEqual(findings.get("automatic retry"), { retries: 1, content: "Here now." });
    assert.equal(host.requests.filter(({ model }) => model === "flaky-model").length, 2);
  });

  it("ends well, and was asked for every finding", () => {
    findings.assertAllRead();
  });
});
