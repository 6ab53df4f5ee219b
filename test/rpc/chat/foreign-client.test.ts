import * as grpc from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { RouterError } from "../../../src/core/errors.ts";
import { askUntilHeard } from "../../support/ask-until-heard.ts";
import { listening, type ListeningRpc } from "../../support/rpc-fixture.ts";
import { operatedDeployment, ScriptedOperator } from "../../support/scripted-operator.ts";
import { event, ScriptedRouter, type Script } from "../../support/scripted-router.ts";

/** A client of another make, which knows nothing of this program but its .proto files. */
type ForeignClient = grpc.Client & {
  readonly [method: string]: (...args: unknown[]) => grpc.ClientReadableStream<Reply> & grpc.ClientDuplexStream<object, Reply>;
};
type Reply = Record<string, unknown>;

const proto = fileURLToPath(new URL("../../../proto", import.meta.url));
const services = grpc.loadPackageDefinition(
  loadSync(["huntgroup/v1/chat.proto", "huntgroup/v1/admin.proto", "grpc/health/v1/health.proto", "grpc/reflection/v1/reflection.proto"], {
    includeDirs: [proto],
    keepCase: true,
    enums: String,
  }),
);

const request = { model: "gpt-4", messages: [{ role: "user", content: { stringValue: "hi" } }] };
const completion = { id: "1", choices: [{ index: 0, message: { role: "assistant", content: "Hello." } }] };
const reply: Script = { kind: "reply", body: completion };

async function failure(promise: Promise<unknown>): Promise<grpc.ServiceError> {
  return await promise.then(
    () => assert.fail("the call succeeded"),
    (error: grpc.ServiceError) => error,
  );
}

const asItIs = (bytes: Buffer): Buffer => bytes;

for (const fastPath of [true, false])
  describe(`a grpc-js client loaded from the proto files, answered ${fastPath ? "by the gRPC fast path where there is one" : "by the library alone"}`, () => {
    const router = new ScriptedRouter(reply);
    const operator = new ScriptedOperator();
    const clients: grpc.Client[] = [];
    let server: ListeningRpc;

    before(async () => {
      operator.statuses = [operatedDeployment("a"), operatedDeployment("b", { group: "other" })];
      server = await listening(router, { operator, grpcFastPath: fastPath });
    });
    after(async () => {
      for (const client of clients) client.close();
      await server[Symbol.asyncDispose]();
    });

    function client(name: string): ForeignClient {
      const found = name.split(".").reduce<unknown>((scope, part) => (scope as Reply)[part], services) as grpc.ServiceClientConstructor;
      const made = new found(`127.0.0.1:${server.http2Port}`, grpc.credentials.createInsecure());
      clients.push(made);
      return made as unknown as ForeignClient;
    }

    function call(service: string, method: string, message: object, options: grpc.CallOptions = {}): Promise<Reply> {
      return new Promise((resolve, reject) => {
        const done = (error: grpc.ServiceError | null, response: Reply): void => (error === null ? resolve(response) : reject(error));
        client(service)[method]!(message, new grpc.Metadata(), options, done);
      });
    }

    test("gets a whole reply", async () => {
      router.script = reply;
      const response = await call("huntgroup.v1.ChatService", "ChatCompletion", request);
      assert.deepEqual(response["choices"], completion.choices);
      assert.deepEqual(JSON.parse(router.calls.at(-1)?.body.bytes.toString() ?? ""), {
        model: "gpt-4",
        messages: [{ role: "user", content: "hi" }],
      });
    });

    test("gets a stream, piece by piece", async () => {
      const pieces = ["Hel", "lo."].map((content) => event({ choices: [{ index: 0, delta: { content } }] }));
      router.script = { kind: "stream", events: pieces, end: "end" };
      const texts: unknown[] = [];
      for await (const chunk of client("huntgroup.v1.ChatService")["ChatCompletionStream"]!(request)) {
        texts.push((chunk as { choices: { delta: { content: string } }[] }).choices[0]?.delta.content);
      }
      assert.deepEqual(texts, ["Hel", "lo."]);
    });

    test("gets the status, the details and the route of a failure", async () => {
      router.script = { kind: "failure", error: new RouterError("model_not_found", "No such model: “x”.", { param: "model" }) };
      const error = await failure(call("huntgroup.v1.ChatService", "ChatCompletion", request));
      assert.equal(error.code, grpc.status.NOT_FOUND);
      assert.equal(error.details, "No such model: “x”.");
      const details = String(error.metadata.get("grpc-status-details-bin")[0]);
      for (const part of ["type.googleapis.com/google.rpc.ErrorInfo", "model_not_found", "huntgroup"])
        assert.ok(details.includes(part), part);
      assert.deepEqual(error.metadata.get("x-huntgroup-model-id"), ["deployment-1"]);
    });

    test("is bound by its deadline, and the deployment is freed", async () => {
      router.script = { kind: "hang" };
      const cancelled = router.nextCancel();
      const error = await askUntilHeard(
        () => router.calls.length,
        (deadlineMs) => failure(call("huntgroup.v1.ChatService", "ChatCompletion", request, { deadline: Date.now() + deadlineMs })),
      );
      assert.equal(error.code, grpc.status.DEADLINE_EXCEEDED);
      await cancelled;
      assert.notEqual(router.calls.at(-1)?.deadline, undefined);
    });

    test("frees the deployment when it cancels a stream", async () => {
      router.script = { kind: "stream", events: [event({ choices: [] })], end: "hang" };
      const cancelled = router.nextCancel();
      const chunks = client("huntgroup.v1.ChatService")["ChatCompletionStream"]!(request);
      const ended = new Promise<grpc.ServiceError>((resolve) => chunks.on("error", (error) => resolve(error as grpc.ServiceError)));
      chunks.once("data", () => chunks.cancel());
      await cancelled;
      assert.equal((await ended).code, grpc.status.CANCELLED);
    });

    test("is told that a method is not implemented", async () => {
      const unknown = new grpc.Client(`127.0.0.1:${server.http2Port}`, grpc.credentials.createInsecure());
      clients.push(unknown);
      const error = await failure(
        new Promise((resolve, reject) => {
          const path = "/huntgroup.v1.ChatService/Nothing";
          unknown.makeUnaryRequest(path, asItIs, asItIs, Buffer.alloc(0), (error, value) =>
            error === null ? resolve(value) : reject(error),
          );
        }),
      );
      assert.equal(error.code, grpc.status.UNIMPLEMENTED);
    });

    test("sets weights", async () => {
      const { etag } = operator;
      const response = await call("huntgroup.v1.AdminService", "SetWeights", { weights: { a: 0 }, over: { seconds: 60 }, etag });
      assert.deepEqual(response["changes"], [{ deployment_id: "a", before: 1, after: 0 }]);
      assert.equal(operator.asked.at(-1)?.[2], 60_000);
      const error = await failure(call("huntgroup.v1.AdminService", "SetWeights", { weights: { a: 0 }, etag }));
      assert.equal(error.code, grpc.status.ABORTED);
    });

    test("lists the deployments page by page", async () => {
      const first = await call("huntgroup.v1.AdminService", "ListDeployments", { page_size: 1 });
      const second = await call("huntgroup.v1.AdminService", "ListDeployments", { page_size: 1, page_token: first["next_page_token"] });
      assert.deepEqual(
        [first, second].map(({ deployments, next_page_token: token }) => [(deployments as Reply[])[0]?.["id"], token !== undefined]),
        [
          ["a", true],
          ["b", false],
        ],
      );
      assert.equal((second["deployments"] as Reply[])[0]?.["state"], "DEPLOYMENT_STATE_ACTIVE");
    });

    test("watches the deployments", async () => {
      const messages = client("huntgroup.v1.AdminService")["WatchDeployments"]!({ group: "other" });
      const ended = new Promise<grpc.ServiceError>((resolve) => messages.on("error", (error) => resolve(error as grpc.ServiceError)));
      const next = () => new Promise<Reply>((resolve) => messages.once("data", resolve));
      const snapshot = await next();
      operator.set("b", { inFlight: 2 });
      const change = await next();
      messages.cancel();
      assert.deepEqual(
        [snapshot, change].map(({ snapshot: all, deployments }) => [
          all === true,
          (deployments as Reply[]).map((one) => [one["id"], one["in_flight"]]),
        ]),
        [
          [true, [["b", 0]]],
          [false, [["b", 2]]],
        ],
      );
      assert.equal((await ended).code, grpc.status.CANCELLED);
    });

    test("asks where a call would go", async () => {
      const scored = { deploymentId: "a", weight: 1, eligibility: "eligible", detail: "", score: 2.5, picked: true } as const;
      operator.explanation = {
        group: "m",
        strategy: "p2c",
        candidates: [scored, { ...scored, deploymentId: "b", score: undefined, eligibility: "tags", picked: false }],
        pickedId: "a",
        reason: "Because.",
        scoreMeaning: "load",
        fallbacks: [],
      };
      const explained = await call("huntgroup.v1.AdminService", "ExplainRoute", { model: "m" });
      assert.equal(explained["picked_id"], "a");
      assert.deepEqual(
        (explained["candidates"] as Reply[]).map((one) => [one["deployment_id"], one["eligibility"], one["score"]]),
        [
          ["a", "ELIGIBILITY_ELIGIBLE", 2.5],
          ["b", "ELIGIBILITY_TAGS", undefined],
        ],
      );
    });

    test("probes the health", async () => {
      assert.deepEqual(await call("grpc.health.v1.Health", "Check", {}), { status: "SERVING" });
    });

    test("learns the services by reflection", async () => {
      const conversation = client("grpc.reflection.v1.ServerReflection")["ServerReflectionInfo"]!();
      const answer = new Promise<Reply>((resolve, reject) => conversation.once("data", resolve).once("error", reject));
      conversation.write({ list_services: "" });
      const { list_services_response: listed } = await answer;
      conversation.end();
      assert.ok((listed as { service: { name: string }[] }).service.some(({ name }) => name === "huntgroup.v1.ChatService"));
    });
  });
