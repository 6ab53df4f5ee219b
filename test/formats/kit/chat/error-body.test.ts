import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { errorCodes, RouterError } from "../../../../src/core/errors.ts";
import { errorBody } from "../../../../src/formats/kit/chat/error-body.ts";

const upstream = { status: 400, message: "theirs", type: "their_type", param: "their_param", code: "their_code" };

describe("errorBody", () => {
  it("has OpenAI's four fields for every code", () => {
    for (const code of errorCodes) {
      const { error } = errorBody(new RouterError(code, "text"));
      assert.deepEqual(Object.keys(error), ["message", "type", "param", "code"]);
      assert.equal(error.message, "text");
      assert.match(error.type, /_error$|^insufficient_quota$/);
    }
  });

  it("uses OpenAI's own codes where it has them", () => {
    assert.deepEqual(errorBody(new RouterError("model_not_found", "x", { param: "model" })).error, {
      message: "x",
      type: "invalid_request_error",
      param: "model",
      code: "model_not_found",
    });
    assert.equal(errorBody(new RouterError("unauthenticated", "x")).error.code, "invalid_api_key");
    assert.equal(errorBody(new RouterError("invalid_request", "x")).error.code, null);
  });

  it("passes the provider's words on where the caller is at fault, and only there", () => {
    const passed = { message: "theirs", type: "their_type", param: "their_param", code: "their_code" };
    assert.deepEqual(errorBody(new RouterError("invalid_request", "ours", { upstream })).error, passed);
    assert.deepEqual(errorBody(new RouterError("upstream_error", "ours", { upstream })).error, {
      message: "ours",
      type: "api_error",
      param: null,
      code: "upstream_error",
    });
  });
});
