import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, it } from "node:test";
import { startService, type RunningTestService } from "../support/start-service.ts";
import { describeClient } from "./support/describe-client.ts";
import { Findings } from "./support/findings.ts";
import { longestUntilFreeMs } from "./support/longest-until-free-ms.ts";
import { startScriptedHost, type ScriptedHost } from "./support/scripted-host.ts";
import { chatAnswer, masterKey, serviceConfig } from "./support/service-config.ts";
import { interopFolder } from "./support/setup-problem.ts";

const program = join(import.meta.dirname, "python/grpc_client.py");

/** A body as OpenAI's documentation shows them, with every kind of field that protobuf could treat otherwise than JSON. */
const restBody = {
  model: "tool",
  messages: [
    { role: "system", content: "Answer in one word." },
    {
      role: "user",
      content: [
        { type: "text", text: "Which line is free?" },
        { type: "image_url", image_url: { url: "data:image/png;base64,AAAA", detail: "low" } },
      ],
    },
    { role: "assistant", tool_calls: [{ id: "call_0", type: "function", function: { name: "lines", arguments: "{}" } }] },
    { role: "tool", tool_call_id: "call_0", content: '{"free":[3]}' },
  ],
  temperature: 0,
  top_p: 0.5,
  n: 1,
  max_tokens: 64,
  stop: ["\n", "END"],
  logit_bias: { "50256": -100 },
  seed: 42,
  logprobs: false,
  tools: [
    {
      type: "function",
      function: {
        name: "weather",
        description: "",
        parameters: { type: "object", properties: { city: { type: "string" } } },
        strict: true,
      },
    },
  ],
  tool_choice: { type: "function", function: { name: "weather" } },
  parallel_tool_calls: false,
  response_format: { type: "json_schema", json_schema: { name: "answer", schema: { type: "object" } } },
  user: "someone",
  metadata: { purpose: "test" },
};

await describeClient("python", "Python's grpcio with generated code", () => {
  let host: ScriptedHost;
  let service: RunningTestService;
  let findings: Findings;

  before(async () => {
    host = await startScriptedHost();
    service = await startService(
      serviceConfig({ endless: ["slow-unary", "endless-deadline", "endless-cancel"], limited: ["limited"], host: host.origin }),
    );
    findings = await Findings.of(
      "python/bin/python",
      ["-B", program, `${service.host}:${service.port}`, masterKey, JSON.stringify(restBody)],
      {
        PYTHONPATH: join(interopFolder, "python-gen"),
      },
    );
  });

  after(() => service.stop());
  after(() => host.stop());

  it("reads a unary reply, and in its metadata which deployment answered", () => {
    const { reply, metadata } = findings.get("unary");
    assert.partialDeepStrictEqual(reply, {
      object: "chat.completion",
      model: "chat",
      choices: [{ index: 0, message: { role: "assistant", content: chatAnswer }, finish_reason: "stop" }],
      usage: { completion_tokens: 6 },
    });
    assert.partialDeepStrictEqual(metadata, {
      "x-huntgroup-call-id": "call-from-python",
      "x-huntgroup-model-id": "chat-1",
      "x-huntgroup-model-group": "chat",
      "x-huntgroup-attempted-retries": "0",
    });
  });

  it("reads a stream in pieces, with the usage at its end", () => {
    assert.deepEqual(findings.get("stream"), {
      objects: ["chat.completion.chunk"],
      ids: 1,
      pieces: 6,
      content: chatAnswer,
      finish_reasons: ["stop"],
      completion_tokens: 6,
    });
  });

  it("takes a REST body as the message's JSON, which arrives at the provider unchanged", () => {
    assert.deepEqual(findings.get("rest body"), {
      same: true,
      tool_calls: [{ id: "call_1", type: "function", function: { name: "weather", arguments: '{"city": "Oslo"}' } }],
      // Numbers of a Struct are doubles; the REST door keeps the last digit.
      extra: { invented_member: 9007199254740992 },
    });
    assert.equal(host.requests.length, 1);
    assert.deepEqual(JSON.parse(host.requests[0]?.body ?? ""), { ...restBody, model: "tool-model" });
  });

  it("frees the upstream when the deadline of a unary call runs out", () => {
    const { code, deployment } = findings.get("deadline");
    assert.equal(code, "DEADLINE_EXCEEDED");
    assertFreed(deployment);
  });

  it("frees the upstream when a stream's deadline runs out after its first pieces", () => {
    const { code, received, deployment } = findings.get("deadline of a stream");
    assert.deepEqual({ code, received }, { code: "DEADLINE_EXCEEDED", received: true });
    assertFreed(deployment);
  });

  it("frees the upstream when it cancels a stream", () => {
    const { before: inFlightBefore, code, deployment } = findings.get("cancel");
    assert.deepEqual({ inFlightBefore, code }, { inFlightBefore: 1, code: "CANCELLED" });
    assertFreed(deployment);
    assert.equal(service.router.deployments("endless-cancel")[0]?.cancellations, 1);
  });

  it("reads the stable code of an error from its details", () => {
    const { message, ...rest } = findings.get("unknown model");
    assert.match(String(message), /no-such-model/);
    assert.deepEqual(rest, {
      code: "NOT_FOUND",
      details: { ErrorInfo: { reason: "model_not_found", domain: "huntgroup", metadata: { param: "model" } } },
    });
  });

  it("is told by RetryInfo when to come back", () => {
    const { code, details } = findings.get("rate limit") as {
      code: string;
      details: { ErrorInfo: { reason: string }; RetryInfo: { retryDelay: string } };
    };
    assert.deepEqual({ code, reason: details.ErrorInfo.reason }, { code: "RESOURCE_EXHAUSTED", reason: "no_capacity" });
    const seconds = Number(/^([\d.]+)s$/.exec(details.RetryInfo.retryDelay)?.[1]);
    // A window of a minute, counted in steps of a second.
    assert.ok(seconds > 0 && seconds <= 61, details.RetryInfo.retryDelay);
  });

  it("is refused without the key, by the chat and the admin service", () => {
    const refusal = { code: "UNAUTHENTICATED", details: { ErrorInfo: { reason: "unauthenticated", domain: "huntgroup" } } };
    assert.partialDeepStrictEqual(findings.get("no key"), { chat: refusal, admin: refusal });
  });

  it("checks the health, without the key", () => {
    assert.deepEqual(findings.get("health"), { server: "SERVING", chat: "SERVING", unknown: "NOT_FOUND", watch: "SERVING" });
  });

  it("sets weights, which the next call follows", () => {
    assert.deepEqual(findings.get("set weights"), {
      changes: { "pair-a": [1, 0], "pair-b": [1, 3] },
      served: ["pair-b"],
      eligibility: { "pair-a": "ELIGIBILITY_BACKUP", "pair-b": "ELIGIBILITY_ELIGIBLE" },
    });
  });

  it("changes nothing when one of the weights is of a deployment that does not exist", () => {
    assert.partialDeepStrictEqual(findings.get("set unknown weight"), { code: "NOT_FOUND", unchanged: true });
  });

  it("ends well, and was asked for every finding", () => {
    findings.assertAllRead();
  });
});

function assertFreed(deployment: unknown): void {
  const { in_flight: inFlight, begun, after_ms: afterMs } = deployment as { in_flight: number; begun: number; after_ms: number };
  assert.equal(inFlight, 0);
  // More than one where a deadline passed before the first piece came.
  assert.ok(begun >= 1, `${begun} begun`);
  assert.ok(afterMs <= longestUntilFreeMs, `freed after ${afterMs} ms`);
}
