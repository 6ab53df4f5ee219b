import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, it } from "node:test";
import { askUntilHeard } from "../support/ask-until-heard.ts";
import { eventually } from "../support/eventually.ts";
import { startService, type RunningTestService } from "../support/start-service.ts";
import { describeClient } from "./support/describe-client.ts";
import { runProgram, type ProgramRun } from "./support/run-program.ts";
import { chatAnswer, masterKey, serviceConfig } from "./support/service-config.ts";

/** grpcurl's exit code for a status is this and the status' number. */
const exitCodeOfStatus = { DEADLINE_EXCEEDED: 64 + 4, NOT_FOUND: 64 + 5, UNAUTHENTICATED: 64 + 16 };

const authorization = ["-H", `authorization: Bearer ${masterKey}`];

function tlsFile(name: string): string {
  return join(import.meta.dirname, "../fixtures/tls", name);
}

function body(model: string): string[] {
  return ["-d", JSON.stringify({ model, messages: [{ role: "user", content: "Which line is free?" }] })];
}

await describeClient("go", "grpcurl, which knows the contract by reflection alone", () => {
  let service: RunningTestService;

  before(async () => {
    service = await startService(serviceConfig({ endless: ["endless"] }));
  });

  after(() => service.stop());

  const grpcurl = (flags: readonly string[], ...args: readonly string[]): Promise<ProgramRun> =>
    runProgram("bin/grpcurl", ["-plaintext", ...flags, `${service.host}:${service.port}`, ...args]);

  it("lists the services, without the key", async () => {
    const { stdout, stderr } = await grpcurl([], "list");
    assert.deepEqual(
      stdout.trim().split("\n"),
      [
        "grpc.health.v1.Health",
        "grpc.reflection.v1.ServerReflection",
        "grpc.reflection.v1alpha.ServerReflection",
        "huntgroup.v1.AdminService",
        "huntgroup.v1.ChatService",
        "huntgroup.v1.EmbeddingService",
        "huntgroup.v1.ModelService",
      ],
      stderr,
    );
  });

  it("describes a method and a message", async () => {
    const method = await grpcurl([], "describe", "huntgroup.v1.ChatService.ChatCompletionStream");
    assert.match(
      method.stdout,
      /\( \.huntgroup\.v1\.ChatCompletionRequest \) returns \( stream \.huntgroup\.v1\.ChatCompletionStreamResponse \)/,
    );
    const message = await grpcurl([], "describe", "huntgroup.v1.ChatCompletionRequest");
    // A type of another file, which reflection has to bring along.
    assert.match(message.stdout, /\.google\.protobuf\.Value stop = 8;/);
  });

  it("reads a unary reply", async () => {
    const { exitCode, stdout, stderr } = await grpcurl([...authorization, ...body("chat")], "huntgroup.v1.ChatService/ChatCompletion");
    assert.equal(exitCode, 0, stderr);
    assert.partialDeepStrictEqual(JSON.parse(stdout), {
      object: "chat.completion",
      choices: [{ message: { role: "assistant", content: chatAnswer }, finishReason: "stop" }],
    });
  });

  it("reads a stream in pieces, after headers that name the deployment", async () => {
    const { stdout, stderr } = await grpcurl(["-v", ...authorization, ...body("chat")], "huntgroup.v1.ChatService/ChatCompletionStream");
    assert.match(stdout, /^x-huntgroup-model-id: chat-1$/m, stderr);
    const pieces = [...stdout.matchAll(/"content": "(.+)"/g)].map(([, piece]) => piece);
    assert.equal(pieces.length, 6);
    assert.equal(pieces.join(""), chatAnswer);
  });

  it("prints an error with its details", async () => {
    const { exitCode, stderr } = await grpcurl(
      ["-format-error", ...authorization, ...body("no-such-model")],
      "huntgroup.v1.ChatService/ChatCompletion",
    );
    assert.equal(exitCode, exitCodeOfStatus.NOT_FOUND);
    assert.partialDeepStrictEqual(JSON.parse(stderr), {
      code: 5,
      details: [{ "@type": "type.googleapis.com/google.rpc.ErrorInfo", domain: "huntgroup", reason: "model_not_found" }],
    });
  });

  it("is refused without the key", async () => {
    const { exitCode, stderr } = await grpcurl(body("chat"), "huntgroup.v1.ChatService/ChatCompletion");
    assert.equal(exitCode, exitCodeOfStatus.UNAUTHENTICATED);
    assert.match(stderr, /Code: Unauthenticated/);
  });

  it("gives up a stream at its deadline, and the upstream is freed", async () => {
    let received = 0;
    const exitCode = await askUntilHeard(
      () => received,
      async (deadlineMs) => {
        const flags = ["-max-time", String(deadlineMs / 1_000), ...authorization, ...body("endless")];
        const run = await grpcurl(flags, "huntgroup.v1.ChatService/ChatCompletionStream");
        if (run.stdout.includes('"content": "This"')) received++;
        return run.exitCode;
      },
    );
    assert.equal(exitCode, exitCodeOfStatus.DEADLINE_EXCEEDED);
    await eventually(async () => assert.partialDeepStrictEqual(service.router.deployments("endless"), [{ inFlight: 0, successes: 0 }]));
  });

  it("lists the deployments and sets weights", async () => {
    const set = await grpcurl([...authorization, "-d", '{"weights": {"pair-a": 4}}'], "huntgroup.v1.AdminService/SetWeights");
    assert.partialDeepStrictEqual(JSON.parse(set.stdout), { changes: [{ deploymentId: "pair-a", before: 1, after: 4 }] });
    const list = await grpcurl([...authorization, "-d", '{"group": "pair"}'], "huntgroup.v1.AdminService/ListDeployments");
    assert.partialDeepStrictEqual(JSON.parse(list.stdout), {
      deployments: [
        { id: "pair-a", group: "pair", provider: "mock", weight: 4, eligibility: "ELIGIBILITY_ELIGIBLE", inFlight: 0 },
        { id: "pair-b", weight: 1 },
      ],
    });
  });

  it("checks the health, without the key", async () => {
    const { stdout, stderr } = await grpcurl([], "grpc.health.v1.Health/Check");
    assert.deepEqual(JSON.parse(stdout), { status: "SERVING" }, stderr);
  });

  it("calls over TLS, where it insists on HTTP/2 by ALPN", async () => {
    const [cert, key] = await Promise.all([readFile(tlsFile("cert.pem"), "utf8"), readFile(tlsFile("key.pem"), "utf8")]);
    const secure = await startService(serviceConfig({}), { tls: { cert, key } });
    try {
      const { exitCode, stdout, stderr } = await runProgram("bin/grpcurl", [
        "-cacert",
        tlsFile("cert.pem"),
        ...authorization,
        ...body("chat"),
        `${secure.host}:${secure.port}`,
        "huntgroup.v1.ChatService/ChatCompletion",
      ]);
      assert.equal(exitCode, 0, stderr);
      assert.partialDeepStrictEqual(JSON.parse(stdout), { choices: [{ message: { content: chatAnswer } }] });
    } finally {
      await secure.stop();
    }
  });
});
