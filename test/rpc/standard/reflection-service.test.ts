import { create, createFileRegistry, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { Code, createClient } from "@connectrpc/connect";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  ServerReflection,
  ServerReflectionRequestSchema,
  type ServerReflectionRequest,
  type ServerReflectionResponse,
} from "../../../gen/grpc/reflection/v1/reflection_pb.ts";
import { ServerReflection as ServerReflectionV1Alpha } from "../../../gen/grpc/reflection/v1alpha/reflection_pb.ts";
import { inMemory } from "../../support/rpc-fixture.ts";
import { ScriptedRouter } from "../../support/scripted-router.ts";

type Question = ServerReflectionRequest["messageRequest"];

const { transport } = inMemory(new ScriptedRouter({ kind: "hang" }), { masterKey: "key" });

async function ask(...questions: Question[]): Promise<ServerReflectionResponse["messageResponse"][]> {
  async function* requests() {
    for (const messageRequest of questions) yield create(ServerReflectionRequestSchema, { host: "h", messageRequest });
  }
  const answers: ServerReflectionResponse["messageResponse"][] = [];
  for await (const response of createClient(ServerReflection, transport).serverReflectionInfo(requests())) {
    assert.equal(response.validHost, "h");
    assert.deepEqual(response.originalRequest?.messageRequest, questions[answers.length]);
    answers.push(response.messageResponse);
  }
  return answers;
}

async function* olderRequests() {
  yield { messageRequest: { case: "fileContainingSymbol" as const, value: "huntgroup.v1.ChatService" } };
}

async function filesOf(question: Question) {
  const [answer] = await ask(question);
  assert.equal(answer?.case, "fileDescriptorResponse");
  return answer.value.fileDescriptorProto.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes));
}

describe("reflection, which needs no key,", () => {
  test("lists the services", async () => {
    const [answer] = await ask({ case: "listServices", value: "" });
    assert.equal(answer?.case, "listServicesResponse");
    assert.deepEqual(
      answer.value.service.map(({ name }) => name),
      [
        "huntgroup.v1.ChatService",
        "huntgroup.v1.EmbeddingService",
        "huntgroup.v1.ModelService",
        "huntgroup.v1.AdminService",
        "grpc.health.v1.Health",
        "grpc.reflection.v1.ServerReflection",
        "grpc.reflection.v1alpha.ServerReflection",
      ],
    );
  });

  test("gives a file with all that it imports: enough to rebuild the types", async () => {
    const file = await filesOf({ case: "fileByFilename", value: "huntgroup/v1/chat.proto" });
    assert.deepEqual(
      file.map(({ name }) => name),
      ["huntgroup/v1/chat.proto", "google/protobuf/struct.proto"],
    );
    const registry = createFileRegistry(create(FileDescriptorSetSchema, { file: [...file].reverse() }));
    const service = registry.getService("huntgroup.v1.ChatService");
    assert.equal(service?.method["chatCompletionStream"]?.methodKind, "server_streaming");
    assert.ok(registry.getMessage("huntgroup.v1.ChatCompletionRequest")?.fields.some(({ name }) => name === "response_format"));
  });

  const symbols: readonly (readonly [symbol: string, file: string])[] = [
    ["huntgroup.v1.ChatService", "huntgroup/v1/chat.proto"],
    [".huntgroup.v1.ChatService", "huntgroup/v1/chat.proto"],
    ["huntgroup.v1.ChatService.ChatCompletion", "huntgroup/v1/chat.proto"],
    ["huntgroup.v1.ChatCompletionRequest", "huntgroup/v1/chat.proto"],
    ["huntgroup.v1.ChatCompletionRequest.model", "huntgroup/v1/chat.proto"],
    ["huntgroup.v1.Eligibility", "huntgroup/v1/admin.proto"],
    ["huntgroup.v1.ELIGIBILITY_ELIGIBLE", "huntgroup/v1/admin.proto"],
    ["grpc.health.v1.HealthCheckResponse.ServingStatus", "grpc/health/v1/health.proto"],
    ["grpc.health.v1.HealthCheckResponse.SERVING", "grpc/health/v1/health.proto"],
    ["grpc.reflection.v1.ServerReflectionRequest.message_request", "grpc/reflection/v1/reflection.proto"],
    ["google.protobuf.Struct", "google/protobuf/struct.proto"],
    ["google.rpc.ErrorInfo", "google/rpc/error_details.proto"],
  ];
  for (const [symbol, name] of symbols) {
    test(`finds ${symbol}`, async () => {
      assert.equal((await filesOf({ case: "fileContainingSymbol", value: symbol }))[0]?.name, name);
    });
  }

  test("answers what it cannot find with an error, and goes on", async () => {
    const answers = await ask(
      { case: "fileByFilename", value: "nowhere.proto" },
      { case: "fileContainingSymbol", value: "no.Body" },
      {
        case: "fileContainingExtension",
        value: { $typeName: "grpc.reflection.v1.ExtensionRequest", containingType: "no.Body", extensionNumber: 1 },
      },
      { case: "allExtensionNumbersOfType", value: "no.Body" },
      { case: undefined },
      { case: "listServices", value: "" },
    );
    assert.deepEqual(
      answers.map((answer) => (answer.case === "errorResponse" ? answer.value.errorCode : answer.case)),
      [Code.NotFound, Code.NotFound, Code.NotFound, Code.NotFound, Code.InvalidArgument, "listServicesResponse"],
    );
  });

  test("knows that a type without extensions has none", async () => {
    const [answer] = await ask({ case: "allExtensionNumbersOfType", value: "huntgroup.v1.Usage" });
    assert.equal(answer?.case, "allExtensionNumbersResponse");
    assert.deepEqual(answer.value.extensionNumber, []);
  });

  test("answers in its older version too", async () => {
    for await (const { messageResponse } of createClient(ServerReflectionV1Alpha, transport).serverReflectionInfo(olderRequests())) {
      assert.equal(messageResponse.case, "fileDescriptorResponse");
    }
  });
});
