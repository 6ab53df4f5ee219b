import { toJson } from "@bufbuild/protobuf";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { AdminService, DeploymentSchema, Eligibility } from "../../gen/huntgroup/v1/admin_pb.ts";
import type { DeploymentStatus } from "../../src/core/deployment-status.ts";
import { inMemory } from "../support/rpc-fixture.ts";
import { ScriptedRouter } from "../support/scripted-router.ts";

const measured: DeploymentStatus = {
  id: "a",
  group: "gpt-4",
  provider: "azure",
  address: "azure/gpt-4",
  weight: 0,
  order: 1,
  state: "active",
  strategy: "simple-shuffle",
  eligibility: "cooling_down",
  eligibleInMs: 500,
  detail: "until 12:00",
  outstandingTokens: 700,
  inFlight: 2,
  usedRpm: 3,
  usedTpm: 4_000_000_000,
  rpmLimit: 6,
  tpmLimit: 5_000_000_000,
  maxParallelRequests: 7,
  firstTokenMs: 120.5,
  msPerToken: 8.25,
  failureRate: 0.5,
  successes: 9,
  failures: 10,
  cancellations: 11,
};
const fresh: DeploymentStatus = {
  ...measured,
  id: "b",
  group: "other",
  eligibility: "eligible",
  rpmLimit: undefined,
  tpmLimit: undefined,
  maxParallelRequests: undefined,
  firstTokenMs: undefined,
  msPerToken: undefined,
};

function serve() {
  const router = new ScriptedRouter({ kind: "hang" });
  router.statuses = [measured, fresh];
  router.weights.set("a", 1).set("b", 2);
  return { router, client: createClient(AdminService, inMemory(router).transport) };
}

async function failure(call: Promise<unknown>): Promise<ConnectError> {
  return ConnectError.from(
    await call.then(
      () => assert.fail("the call succeeded"),
      (error: unknown) => error,
    ),
  );
}

describe("ListDeployments", () => {
  test("tells all there is to know of a deployment, zeros included", async () => {
    const response = await serve().client.listDeployments({});
    assert.ok(response.deployments[0]);
    assert.deepEqual(toJson(DeploymentSchema, response.deployments[0], { useProtoFieldName: true }), {
      id: "a",
      group: "gpt-4",
      provider: "azure",
      address: "azure/gpt-4",
      weight: 0,
      order: 1,
      eligibility: "ELIGIBILITY_COOLING_DOWN",
      detail: "until 12:00",
      in_flight: 2,
      used_rpm: 3,
      used_tpm: 4_000_000_000,
      rpm_limit: 6,
      tpm_limit: 5_000_000_000,
      max_parallel_requests: 7,
      first_token_ms: 120.5,
      ms_per_token: 8.25,
      failure_rate: 0.5,
      successes: 9,
      failures: 10,
      cancellations: 11,
    });
  });

  test("leaves unset what has no limit or was not measured", async () => {
    const { deployments } = await serve().client.listDeployments({});
    const other = deployments[1];
    assert.deepEqual(
      [other?.rpmLimit, other?.tpmLimit, other?.maxParallelRequests, other?.firstTokenMs, other?.msPerToken],
      [undefined, undefined, undefined, undefined, undefined],
    );
  });

  test("can be narrowed to one group", async () => {
    const { client } = serve();
    const ids = async (group?: string) =>
      (await client.listDeployments(group === undefined ? {} : { group })).deployments.map(({ id }) => id);
    assert.deepEqual(await ids("gpt-4"), ["a"]);
    assert.deepEqual(await ids(""), ["a", "b"]);
    assert.deepEqual(await ids(), ["a", "b"]);
    assert.equal((await failure(client.listDeployments({ group: "nobody" }))).code, Code.NotFound);
  });

  const names: readonly DeploymentStatus["eligibility"][] = [
    "eligible",
    "invalid",
    "blocked",
    "cooling_down",
    "rpm_limit",
    "tpm_limit",
    "max_parallel_requests",
    "already_tried",
    "lower_order_preferred",
    "backup",
  ];
  for (const name of names) {
    test(`calls ${name} by the enum's value of that name`, async () => {
      const { router, client } = serve();
      router.statuses = [{ ...measured, eligibility: name }];
      const { deployments } = await client.listDeployments({});
      assert.equal(deployments[0]?.eligibility, Eligibility[name.toUpperCase() as keyof typeof Eligibility]);
    });
  }
});

describe("SetWeights", () => {
  test("returns what was and what is", async () => {
    const { client } = serve();
    const { changes } = await client.setWeights({ weights: { a: 0, b: 0.5 } });
    assert.deepEqual(
      changes.map(({ deploymentId, before, after }) => [deploymentId, before, after]),
      [
        ["a", 1, 0],
        ["b", 2, 0.5],
      ],
    );
  });

  test("changes nothing when an id is unknown", async () => {
    const { router, client } = serve();
    assert.equal((await failure(client.setWeights({ weights: { a: 9, c: 1 } }))).code, Code.NotFound);
    assert.deepEqual(
      [...router.weights],
      [
        ["a", 1],
        ["b", 2],
      ],
    );
  });

  for (const weights of [{ a: -1 }, { a: Number.NaN }, {}]) {
    test(`refuses ${JSON.stringify(weights)}`, async () => {
      assert.equal((await failure(serve().client.setWeights({ weights }))).code, Code.InvalidArgument);
    });
  }
});
