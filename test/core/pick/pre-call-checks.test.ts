import assert from "node:assert/strict";
import { test } from "node:test";
import type { Call } from "../../../src/core/call.ts";
import type { Deployment } from "../../../src/core/deployment.ts";
import { defaultRouterSettings } from "../../../src/config/settings/read-router-settings.ts";
import { CoreFixture, deployment, tableSource } from "../../support/core-fixture.ts";

async function reach(deployments: readonly Deployment[], call: Partial<Call>, preCallChecks = true): Promise<string | undefined> {
  const fixture = new CoreFixture(tableSource(deployments, { settings: { ...defaultRouterSettings, preCallChecks } }));
  const sink = await fixture.run(call);
  return sink.error?.code ?? sink.route?.deploymentId;
}

const long: Partial<Call> = { body: { bytes: Buffer.alloc(4_000, "x"), members: [] } };

test("a prompt goes where it fits; where it fits nowhere, that is the error", async () => {
  const small = deployment("small", { maxInputTokens: 100 });
  assert.equal(await reach([small, deployment("large")], long), "large");
  assert.equal(await reach([small], long), "context_length_exceeded");
  assert.equal(await reach([small], {}), "small");
});

test("a call that must stay in a region does, and an unknown region is none", async () => {
  const us = deployment("us", { region: "us-east-1" });
  const unknown = deployment("unknown");
  for (const region of ["eu-west-1", "europe-west4", "EU"]) {
    assert.equal(await reach([us, unknown, deployment("eu", { region })], { allowedRegion: "eu" }), "eu");
  }
  assert.equal(await reach([us, unknown], { allowedRegion: "eu" }), "not_allowed");
  assert.equal(await reach([us, unknown], {}), "us");
});

test("an answer by a schema is not asked of who says that it cannot; who does not say is tried", async () => {
  const cannot = deployment("cannot", { supportsResponseSchema: false });
  assert.equal(await reach([cannot, deployment("silent")], { wantsResponseSchema: true }), "silent");
  assert.equal(await reach([cannot], { wantsResponseSchema: true }), "not_allowed");
  assert.equal(await reach([cannot], {}), "cannot");
});

test("none of it matters unless pre-call checks are enabled", async () => {
  const unfit = deployment("unfit", { maxInputTokens: 1, region: "us", supportsResponseSchema: false });
  assert.equal(await reach([unfit], { ...long, allowedRegion: "eu", wantsResponseSchema: true }, false), "unfit");
});
