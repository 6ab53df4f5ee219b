import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createCors, preflightHeaders } from "../../src/inbound/cors.ts";

const app = "https://app.example.com";

describe("a page of some origin", () => {
  const cases: readonly (readonly [what: string, allowed: readonly string[], origin: string | undefined, answer: string | undefined])[] = [
    ["is refused when nothing is allowed", [], app, undefined],
    ["is allowed when its origin is listed", ["https://other.example", app], app, app],
    ["is refused when only others are", ["https://other.example"], app, undefined],
    ["is refused when only its suffix is listed", ["https://example.com"], app, undefined],
    ["is refused when the scheme differs", ["http://app.example.com"], app, undefined],
    ["is allowed when the list spells its origin with a slash and capitals", ["https://App.example.com/"], app, app],
    ["is allowed when all are", ["*"], app, "*"],
    ["is told nothing when it is no page", ["*"], undefined, undefined],
  ];
  for (const [what, allowed, origin, answer] of cases) {
    test(what, () => assert.equal(createCors(allowed)(origin)?.["access-control-allow-origin"], answer));
  }

  test("may read the routing headers and gRPC-Web's status", () => {
    const exposed = createCors(["*"])(app)?.["access-control-expose-headers"]?.split(", ") ?? [];
    for (const name of ["x-huntgroup-model-id", "x-huntgroup-call-id", "grpc-status", "grpc-message", "retry-after"]) {
      assert.ok(exposed.includes(name) || exposed.map((one) => one.toLowerCase()).includes(name), name);
    }
  });

  test("does not share a cached answer with another origin", () => {
    assert.equal(createCors([app])(app)?.["vary"], "origin");
  });
});

describe("a preflight", () => {
  test("allows what the page asks for", () => {
    assert.equal(preflightHeaders("x-stainless-os, authorization")["access-control-allow-headers"], "x-stainless-os, authorization");
  });

  test("allows the usual when the page asks for nothing", () => {
    const headers = preflightHeaders(undefined)["access-control-allow-headers"]?.toLowerCase().split(", ") ?? [];
    for (const name of ["content-type", "authorization", "connect-timeout-ms", "x-grpc-web"]) assert.ok(headers.includes(name), name);
  });

  test("allows the methods of RPC and REST", () => {
    assert.equal(preflightHeaders(undefined)["access-control-allow-methods"], "POST, GET, OPTIONS");
  });
});
