import assert from "node:assert/strict";
import { test } from "node:test";
import type { Endpoint } from "../../../src/core/endpoints.ts";
import { servesEndpoint } from "../../../src/core/endpoints.ts";
import { CoreFixture, deployment, tableSource } from "../../support/core-fixture.ts";

function ofMode(id: string, mode: string | undefined, group = "m") {
  return deployment(id, { group, info: { ...deployment(id).info, mode } });
}

const served: readonly (readonly [mode: string | undefined, endpoints: readonly Endpoint[]])[] = [
  [undefined, ["chat", "completions", "embeddings"]],
  ["chat", ["chat", "completions"]],
  ["completion", ["chat", "completions"]],
  ["responses", ["chat"]],
  ["embedding", ["embeddings"]],
  ...["image_generation", "audio_transcription", "audio_speech", "rerank", "moderation"].map((mode) => [mode, []] as const),
  // Nobody knows what it is: it is asked.
  ["antigravity", ["chat", "completions", "embeddings"]],
];

test("a model is asked for what its mode is for", () => {
  for (const [mode, endpoints] of served) {
    const all: readonly Endpoint[] = ["chat", "completions", "embeddings"];
    assert.deepEqual(
      all.filter((endpoint) => servesEndpoint(mode, endpoint)),
      endpoints,
      mode ?? "none",
    );
  }
});

test("chat calls go to the chat models of a group alone", async () => {
  const fixture = new CoreFixture(
    tableSource([ofMode("pictures", "image_generation"), ofMode("words", undefined), ofMode("vectors", "embedding")]),
  );
  for (let call = 0; call < 5; call++) assert.equal((await fixture.run()).route?.deploymentId, "words");
});

test("a group that is for something else refuses chat calls, says why, and asks no deployment", async () => {
  const fixture = new CoreFixture(tableSource([ofMode("pictures", "image_generation")]));
  const { error } = await fixture.run();
  assert.equal(error?.code, "invalid_request");
  assert.equal(error.message, '"m" is configured for image_generation (model_info.mode), and is not asked for chat.');
  assert.equal(fixture.router.deployments()[0]?.failures, 0);
});
