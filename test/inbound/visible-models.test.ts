import assert from "node:assert/strict";
import { test } from "node:test";
import { toCallerKey } from "../../src/auth/to-caller-key.ts";
import { visibleModels } from "../../src/inbound/visible-models.ts";
import { keyRecord } from "../support/authenticator-of.ts";

const router = {
  models: () => ["gpt-4o", "claude", "openai/*"],
  knows: (model: string) => ["gpt-4o", "claude", "hidden", "some-id"].includes(model) || model.startsWith("openai/"),
};

const cases: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ["no list", [], ["gpt-4o", "claude", "openai/*"]],
  ["names", ["claude", "gpt-4o"], ["gpt-4o", "claude"]],
  ["names that lead nowhere", ["claude", "nonesuch"], ["claude"]],
  ["a pattern", ["*"], ["gpt-4o", "claude", "openai/*"]],
  ["a group's own pattern", ["openai/*"], ["openai/*"]],
  ["a narrower pattern than the group's", ["openai/gpt-*"], ["openai/gpt-*"]],
  ["one model of a pattern", ["openai/o3"], ["openai/o3"]],
  ["names that are listed nowhere", ["hidden", "some-id"], ["hidden", "some-id"]],
];

for (const [what, models, visible] of cases) {
  test(`a key with ${what} sees what it may use, each name once`, () => {
    assert.deepEqual(visibleModels(router, toCallerKey(keyRecord("team", "x", { models }))), visible);
  });
}

test("without a key all is seen", () => {
  assert.deepEqual(visibleModels(router, undefined), router.models());
});
