import assert from "node:assert/strict";
import { test } from "node:test";
import { modelInfo } from "../../src/rest/model-info.ts";
import { deployment } from "../support/core-fixture.ts";

test("a caller's key learns no upstream address, the operator does", () => {
  const one = deployment("a");
  const addressed = {
    ...one,
    info: { ...one.info, params: { model: "openai/x", api_base: "http://10.0.0.7/v1", base_url: "http://10.0.0.7" } },
  };
  assert.deepEqual(modelInfo(addressed, false)["litellm_params"], { model: "openai/x" });
  assert.deepEqual(modelInfo(addressed, true)["litellm_params"], addressed.info.params);
});
