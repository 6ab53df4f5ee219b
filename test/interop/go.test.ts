import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { startService, type RunningTestService } from "../support/start-service.ts";
import { describeClient } from "./support/describe-client.ts";
import { Findings } from "./support/findings.ts";
import { longestUntilFreeMs } from "./support/longest-until-free-ms.ts";
import { chatAnswer, masterKey, serviceConfig } from "./support/service-config.ts";

const connectVariants = [
  "connect over h2c",
  "connect over HTTP/1.1",
  "connect with JSON over HTTP/1.1",
  "connect with gzip over h2c",
  "grpc over h2c",
  "grpcweb over h2c",
  "grpcweb over HTTP/1.1",
];

await describeClient("go", "Go clients with generated code", () => {
  let service: RunningTestService;
  let findings: Findings;

  before(async () => {
    service = await startService(serviceConfig({ endless: ["endless"], limited: ["limited"] }));
    findings = await Findings.of("bin/go-client", [`${service.host}:${service.port}`, masterKey]);
  });

  after(() => service.stop());

  for (const variant of connectVariants) {
    describe(`connect-go speaking ${variant}`, () => {
      itAnswers(variant);

      it("reads the stable code of an error from its details", () => {
        assert.deepEqual(findings.get(`${variant}: error`), { code: "not_found", reason: "model_not_found", domain: "huntgroup" });
      });

      itFrees(variant, { deadline: "deadline_exceeded", cancel: "canceled" });
    });
  }

  describe("grpc-go", () => {
    itAnswers("grpc-go");

    it("reads the stable code of an error, and when to come back, from its details", () => {
      const { retryAfterS, ...rest } = findings.get("grpc-go: error");
      assert.deepEqual(rest, { code: "ResourceExhausted", reason: "no_capacity", domain: "huntgroup" });
      // A window of a minute, counted in steps of a second.
      assert.ok(Number(retryAfterS) > 0 && Number(retryAfterS) <= 61, `retry after ${String(retryAfterS)} s`);
    });

    itFrees("grpc-go", { deadline: "DeadlineExceeded", cancel: "Canceled" });

    it("checks the health", () => {
      assert.deepEqual(findings.get("grpc-go: health"), { status: "SERVING" });
    });
  });

  it("ends well, and was asked for every finding", () => {
    findings.assertAllRead();
  });

  function itAnswers(client: string): void {
    it("reads a unary reply, and in its headers which deployment answered", () => {
      assert.deepEqual(findings.get(`${client}: unary`), { content: chatAnswer, finishReason: "stop", deployment: "chat-1" });
    });

    it("reads a stream in pieces", () => {
      assert.deepEqual(findings.get(`${client}: stream`), { pieces: 6, content: chatAnswer, deployment: "chat-1" });
    });
  }

  function itFrees(client: string, codes: { readonly deadline: string; readonly cancel: string }): void {
    for (const scenario of ["deadline", "cancel"] as const) {
      it(`frees the upstream at its ${scenario}`, () => {
        const { code, freed: freedAfterMs } = findings.get(`${client}: ${scenario}`);
        assert.equal(code, codes[scenario]);
        assert.ok(Number(freedAfterMs) <= longestUntilFreeMs, `freed after ${String(freedAfterMs)} ms`);
      });
    }
  }
});
