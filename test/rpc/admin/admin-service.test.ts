import { create, toJson } from "@bufbuild/protobuf";
import { durationFromMs, DurationSchema, timestampFromMs, TimestampSchema } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, createClient, type Client } from "@connectrpc/connect";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  AdminService,
  DeploymentSchema,
  DeploymentState,
  Eligibility,
  GetStatsResponseSchema,
  GetUsageResponseSchema,
  KeySchema,
  ListCallsResponseSchema,
  UsageResolution,
} from "../../../gen/huntgroup/v1/admin_pb.ts";
import type { RecentCall } from "../../../src/control/history.ts";
import type { OperatedDeployment } from "../../../src/control/operator.ts";
import { RouterError, type ErrorCode } from "../../../src/core/errors.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { inMemory } from "../../support/rpc-fixture.ts";
import { operatedDeployment, operatedKey, ScriptedOperator } from "../../support/scripted-operator.ts";
import { ScriptedRouter } from "../../support/scripted-router.ts";

const measured: OperatedDeployment = {
  id: "a",
  group: "gpt-4",
  provider: "azure",
  address: "azure/gpt-4",
  weight: 0,
  order: 1,
  state: "draining",
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
  health: "failing",
  lastError: { code: "upstream_timeout", message: "It did not answer.", at: 1_700_000_000_000 },
  firstTokenMs: 120.5,
  msPerToken: 8.25,
  failureRate: 0.5,
  successes: 9,
  failures: 10,
  cancellations: 11,
  move: { weight: 4, at: 1_700_000_000_000 },
};
const fresh = operatedDeployment("b", { group: "other", weight: 2 });
const entry = {
  model_name: "m",
  litellm_params: { model: "openai/x", rpm: 3, tags: ["a"] },
  model_info: { id: null, deep: { yes: true } },
};
const protoNames = { useProtoFieldName: true };

function serve(over: Partial<{ masterKey: string }> = {}) {
  const operator = new ScriptedOperator();
  operator.statuses = [measured, fresh];
  const clock = new FakeClock();
  const { transport, health } = inMemory(new ScriptedRouter({ kind: "hang" }), { operator, clock, ...over });
  return { operator, clock, health, client: createClient(AdminService, transport) };
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
    assert.deepEqual(toJson(DeploymentSchema, response.deployments[0], protoNames), {
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
      health: "DEPLOYMENT_HEALTH_FAILING",
      last_error: { code: "upstream_timeout", message: "It did not answer.", time: "2023-11-14T22:13:20Z" },
      ms_per_token: 8.25,
      failure_rate: 0.5,
      successes: 9,
      failures: 10,
      cancellations: 11,
      state: "DEPLOYMENT_STATE_DRAINING",
      eligible_in_ms: 500,
      target_weight: 4,
      target_time: "2023-11-14T22:13:20Z",
      outstanding_tokens: 700,
      strategy: "simple-shuffle",
    });
    assert.equal(response.etag, "state-0");
  });

  test("leaves unset what has no limit, was not measured or does not move", async () => {
    const { deployments } = await serve().client.listDeployments({});
    const other = deployments[1];
    assert.deepEqual(
      [other?.rpmLimit, other?.tpmLimit, other?.maxParallelRequests, other?.firstTokenMs, other?.msPerToken, other?.eligibleInMs],
      Array.from({ length: 6 }, () => undefined),
    );
    assert.deepEqual([other?.targetWeight, other?.targetTime], [undefined, undefined]);
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

  const names: readonly OperatedDeployment["eligibility"][] = [
    "eligible",
    "invalid",
    "blocked",
    "draining",
    "cooling_down",
    "warming_up",
    "context_window",
    "region",
    "response_format",
    "tags",
    "rpm_limit",
    "tpm_limit",
    "itpm_limit",
    "otpm_limit",
    "rpd_limit",
    "tpd_limit",
    "max_parallel_requests",
    "already_tried",
    "other_order",
    "lower_order_preferred",
    "backup",
  ];
  test("calls each eligibility by the enum's value of that name", async () => {
    const { operator, client } = serve();
    operator.statuses = names.map((eligibility) => operatedDeployment(eligibility, { eligibility }));
    const { deployments } = await client.listDeployments({});
    assert.deepEqual(
      deployments.map(({ eligibility }) => eligibility),
      names.map((name) => Eligibility[name.toUpperCase() as keyof typeof Eligibility]),
    );
  });

  test("comes in pages, each deployment once, also when some come and go between two pages", async () => {
    const { operator, client } = serve();
    operator.statuses = Array.from({ length: 7 }, (_, index) => operatedDeployment(`d${index}`));
    const seen: string[] = [];
    let pageToken = "";
    do {
      const page = await client.listDeployments({ pageSize: 2, pageToken });
      assert.ok(page.deployments.length <= 2);
      seen.push(...page.deployments.map(({ id }) => id));
      pageToken = page.nextPageToken;
      // The last one that was told goes, and a new one comes before all that were told.
      const last = seen.at(-1);
      if (last === "d1") operator.statuses = operator.statuses.filter(({ id }) => id !== last);
      if (last === "d3") operator.statuses = [operatedDeployment("new"), ...operator.statuses];
    } while (pageToken !== "");
    assert.deepEqual(seen, ["d0", "d1", "d2", "d3", "d4", "d5", "d6"]);
  });

  test("gives no token with the last page", async () => {
    const { client } = serve();
    assert.equal((await client.listDeployments({ pageSize: 2 })).nextPageToken, "");
    assert.notEqual((await client.listDeployments({ pageSize: 1 })).nextPageToken, "");
    assert.equal((await client.listDeployments({ pageSize: 4_000_000_000 })).deployments.length, 2);
  });

  test("bounds a page that is asked for", async () => {
    const { operator, client } = serve();
    operator.statuses = Array.from({ length: 2_500 }, (_, index) => operatedDeployment(`d${index}`));
    const page = await client.listDeployments({ pageSize: 1_000_000 });
    assert.equal(page.deployments.length, 2_000);
    assert.notEqual(page.nextPageToken, "");
  });

  test("refuses tokens that are of no page of this list", async () => {
    const { client } = serve();
    const { nextPageToken } = await client.listDeployments({ pageSize: 1 });
    const others = ["x", "bnVsbA", Buffer.from('["",1]').toString("base64url"), Buffer.from('["",1.5,"a"]').toString("base64url")];
    for (const pageToken of others) {
      const error = await failure(client.listDeployments({ pageSize: 1, pageToken }));
      assert.equal(error.code, Code.InvalidArgument);
      assert.match(error.message, /page_token/);
    }
    const ofOther = await failure(client.listDeployments({ pageSize: 1, pageToken: nextPageToken, group: "other" }));
    assert.equal(ofOther.code, Code.InvalidArgument);
  });
});

test("GetDeployment tells of one, with its entry where it has one", async () => {
  const { operator, client } = serve();
  operator.entries = new Map([["a", entry]]);
  assert.deepEqual((await client.getDeployment({ deploymentId: "a" })).entry, entry);
  const { deployment, etag, entry: none } = await client.getDeployment({ deploymentId: "b" });
  assert.equal(none, undefined);
  assert.deepEqual([deployment?.id, deployment?.weight, etag], ["b", 2, "state-0"]);
  assert.equal((await failure(client.getDeployment({ deploymentId: "nobody" }))).code, Code.NotFound);
  assert.equal((await failure(client.getDeployment({}))).code, Code.InvalidArgument);
});

describe("ExplainRoute", () => {
  const request = {
    model: "m",
    tags: ["a"],
    requestBytes: 5_000,
    maxOutputTokens: 7,
    stream: true,
    key: "team",
    allowedRegion: "eu",
  };

  test("asks for just this call, and tells where it goes", async () => {
    const { operator, client } = serve();
    operator.explanation = {
      group: "m",
      strategy: "least-busy",
      candidates: [
        { deploymentId: "a", weight: 2, eligibility: "eligible", detail: "", score: 0, picked: true },
        { deploymentId: "b", weight: 0, eligibility: "backup", detail: "Has weight 0.", score: undefined, picked: false },
      ],
      pickedId: "a",
      reason: "It has the fewest.",
      scoreMeaning: "calls in flight",
      fallbacks: ["other"],
    };
    const { $typeName, candidates, ...explained } = await client.explainRoute(request);
    assert.ok($typeName);
    assert.deepEqual(explained, {
      group: "m",
      strategy: "least-busy",
      pickedId: "a",
      reason: "It has the fewest.",
      scoreMeaning: "calls in flight",
      fallbacks: ["other"],
      etag: "state-0",
    });
    assert.deepEqual(
      candidates.map(({ deploymentId, eligibility, detail, score, picked, weight }) => [
        deploymentId,
        eligibility,
        detail,
        score,
        picked,
        weight,
      ]),
      [
        ["a", Eligibility.ELIGIBLE, "", 0, true, 2],
        ["b", Eligibility.BACKUP, "Has weight 0.", undefined, false, 0],
      ],
    );
    assert.deepEqual(operator.asked, [["explain", { ...request, caller: undefined }]]);
  });

  test("takes what is not given for not wanted", async () => {
    const { operator, client } = serve();
    await failure(client.explainRoute({ model: "m", allowedRegion: "" }));
    const wanted = {
      model: "m",
      tags: [],
      requestBytes: 0,
      maxOutputTokens: undefined,
      stream: false,
      allowedRegion: undefined,
      caller: undefined,
      key: undefined,
    };
    assert.deepEqual(operator.asked, [["explain", wanted]]);
  });

  test("reads the request that is to be explained, and says what is wrong with it", async () => {
    const { operator, client } = serve();
    await failure(client.explainRoute({ model: "m", chatRequest: '{"messages":[],"seed":1}' }));
    const [[, query] = []] = operator.asked;
    assert.partialDeepStrictEqual(query, { call: { model: "m", endpoint: "chat" } });
    assert.equal((await failure(client.explainRoute({ model: "m", chatRequest: "{" }))).code, Code.InvalidArgument);
  });

  test("needs a model that there is", async () => {
    const { client } = serve();
    assert.equal((await failure(client.explainRoute({}))).code, Code.InvalidArgument);
    assert.equal((await failure(client.explainRoute({ model: "nobody" }))).code, Code.NotFound);
  });
});

describe("SetWeights", () => {
  test("returns what was and what is", async () => {
    const { operator, client } = serve();
    const { changes, etag } = await client.setWeights({ weights: { a: 1, b: 0.5 } });
    assert.deepEqual(
      changes.map(({ deploymentId, before, after }) => [deploymentId, before, after]),
      [
        ["a", 0, 1],
        ["b", 2, 0.5],
      ],
    );
    assert.equal(etag, "state-1");
    assert.deepEqual(
      operator.statuses.map(({ weight }) => weight),
      [1, 0.5],
    );
  });

  test("changes nothing when an id is unknown", async () => {
    const { operator, client } = serve();
    assert.equal((await failure(client.setWeights({ weights: { b: 9, c: 1 } }))).code, Code.NotFound);
    assert.equal(operator.etag, "state-0");
  });

  for (const weights of [{ a: -1 }, { a: Number.NaN }, {}]) {
    test(`refuses ${JSON.stringify(weights)}`, async () => {
      assert.equal((await failure(serve().client.setWeights({ weights }))).code, Code.InvalidArgument);
    });
  }

  test("takes a time for the move, up to a week", async () => {
    const { operator, client } = serve();
    await client.setWeights({ weights: { a: 1 }, over: durationFromMs(90_500) });
    await client.setWeights({ weights: { a: 1 }, over: durationFromMs(604_800_000) });
    assert.deepEqual(
      operator.asked.map((asked) => asked[2]),
      [90_500, 604_800_000],
    );
    const wrong = [
      durationFromMs(604_800_001),
      durationFromMs(-1),
      create(DurationSchema, { seconds: -1n }),
      create(DurationSchema, { seconds: 1n, nanos: 2_000_000_000 }),
      create(DurationSchema, { seconds: 1n, nanos: -5 }),
    ];
    for (const over of wrong) {
      const error = await failure(client.setWeights({ weights: { a: 1 }, over }));
      assert.equal(error.code, Code.InvalidArgument);
      assert.match(error.rawMessage, /^over (is|has) .*; it must be from 0 to 7 days\.$/);
    }
    assert.equal(operator.asked.length, 2);
  });
});

test("SetDeploymentState takes each of the three states and nothing else", async () => {
  const { operator, client } = serve();
  for (const [state, name] of [
    [DeploymentState.ACTIVE, "active"],
    [DeploymentState.DRAINING, "draining"],
    [DeploymentState.BLOCKED, "blocked"],
  ] as const) {
    const { deployment } = await client.setDeploymentState({ deploymentId: "b", state });
    assert.equal(deployment?.state, state);
    assert.equal(operator.statuses[1]?.state, name);
  }
  for (const state of [DeploymentState.UNSPECIFIED, 9 as DeploymentState]) {
    const error = await failure(client.setDeploymentState({ deploymentId: "b", state }));
    assert.equal(error.code, Code.InvalidArgument);
    assert.match(error.rawMessage, /DEPLOYMENT_STATE_ACTIVE, DEPLOYMENT_STATE_DRAINING, DEPLOYMENT_STATE_BLOCKED/);
  }
});

test("ResetCooldown says whether there was one", async () => {
  const { client } = serve();
  const { deployment, wasResting } = await client.resetCooldown({ deploymentId: "a" });
  assert.deepEqual([deployment?.id, wasResting], ["a", true]);
});

test("an entry is handed on as the plain JSON that it is, and warnings come back", async () => {
  const { operator, client } = serve();
  const added = await client.addDeployment({ entry });
  const updated = await client.updateDeployment({ deploymentId: "a", entry });
  assert.deepEqual(
    operator.asked.map((asked) => asked.slice(0, -1)),
    [
      ["addDeployment", entry],
      ["updateDeployment", "a", entry],
    ],
  );
  for (const { deployment, warnings } of [added, updated]) {
    assert.equal(deployment?.id, "a");
    const { $typeName, ...warning } = warnings[0]!;
    assert.ok($typeName);
    assert.deepEqual(warning, { file: "request", line: 1, column: 2, key: "litellm_params.x", message: "is unknown" });
  }
  for (const refused of [client.addDeployment({}), client.updateDeployment({ deploymentId: "a" }), client.updateDeployment({ entry })]) {
    assert.equal((await failure(refused)).code, Code.InvalidArgument);
  }
});

test("RemoveDeployment tells what is under way there", async () => {
  const { operator, client } = serve();
  assert.equal((await client.removeDeployment({ deploymentId: "a" })).inFlight, 3);
  assert.equal(operator.statuses.length, 1);
});

test("SetRoutingStrategy takes a strategy with its arguments, or none for the configuration's", async () => {
  const { operator, client } = serve();
  const { before, after } = await client.setRoutingStrategy({ group: "m", strategy: "peak-ewma", args: { decay: 5 } });
  assert.deepEqual([before, after], ["p2c", "peak-ewma"]);
  await client.setRoutingStrategy({ group: "m" });
  assert.deepEqual(
    operator.asked.map((asked) => asked.slice(0, -1)),
    [
      ["setRoutingStrategy", "m", "peak-ewma", { decay: 5 }],
      ["setRoutingStrategy", "m", undefined, {}],
    ],
  );
});

test("SetAlias sets and removes", async () => {
  const { operator, client } = serve();
  const { before, after } = await client.setAlias({ alias: "best", targets: ["m", "n"], hidden: true });
  assert.deepEqual([before, after], [["old"], ["m", "n"]]);
  await client.setAlias({ alias: "best" });
  assert.deepEqual(
    operator.asked.map((asked) => asked.slice(0, -1)),
    [
      ["setAlias", "best", ["m", "n"], true],
      ["setAlias", "best", [], false],
    ],
  );
});

test("GetConfig tells the configuration in force and where it comes from", async () => {
  const { operator, client } = serve();
  operator.view = {
    config: { model_list: [{ model_name: "m", litellm_params: { api_key: "***" } }] },
    files: ["a.yaml", "b.yaml"],
    changes: ["The weight of a is 3."],
    stateFile: "state.json",
    loadedAt: 1_700_000_000_000,
  };
  const { config, files, changes, stateFile, loadedAt, etag } = await client.getConfig({});
  assert.deepEqual({ config, files, changes, stateFile, loadedAt: Number(loadedAt?.seconds) * 1_000 }, operator.view);
  assert.equal(etag, "state-0");
  operator.view = { ...operator.view, stateFile: undefined };
  assert.equal((await client.getConfig({})).stateFile, "");
});

test("ReloadConfig tells what it found and what it did", async () => {
  const { operator, client } = serve();
  const problem = { file: "a.yaml", line: 3, column: 4, key: "model_list[0]", message: "is wrong", sourceLine: "", caretColumn: 1 };
  operator.report = {
    ok: false,
    problems: [problem],
    warnings: [{ ...problem, line: 9 }],
    addedIds: ["x"],
    removedIds: ["y"],
    changedIds: ["z"],
    settings: ["The timeout is 3 s."],
  };
  const response = await client.reloadConfig({ dryRun: true, discardChanges: true, etag: "state-0" });
  assert.deepEqual(
    [response.ok, response.problems[0]?.message, response.warnings[0]?.line, response.addedIds, response.removedIds, response.changedIds],
    [false, "is wrong", 9, ["x"], ["y"], ["z"]],
  );
  assert.deepEqual(response.settings, ["The timeout is 3 s."]);
  assert.deepEqual(operator.asked[0]?.[1], { dryRun: true, discardChanges: true });
});

test("GetStats tells counts and courses", async () => {
  const { operator, client, health } = serve();
  const totals = { requests: 5e9, failures: 1, promptTokens: 2, outputTokens: 3, costUsd: 0.1 + 0.2 };
  const points = [
    { requests: 1, failures: 0, totalMs: 12.5, firstTokenMs: 3 },
    { requests: 0, failures: 0, totalMs: undefined, firstTokenMs: undefined },
  ];
  operator.statistics = {
    startedAt: 1_700_000_000_000,
    groups: new Map([["m", { totals, points }]]),
    deployments: new Map([["a", { group: "m", totals, points }]]),
    keys: new Map([["team", totals]]),
    pointMs: 5_000,
    queued: 4,
  };
  health.drain();
  const told = { requests: 5e9, failures: 1, prompt_tokens: 2, output_tokens: 3, cost_usd: 0.3 };
  const course = [{ requests: 1, total_ms: 12.5, first_token_ms: 3 }, {}];
  assert.deepEqual(toJson(GetStatsResponseSchema, await client.getStats({}), protoNames), {
    started_at: "2023-11-14T22:13:20Z",
    time: "2023-11-14T22:30:00Z",
    version: "1.2.3",
    groups: [{ group: "m", totals: told, course }],
    deployments: [{ deployment_id: "a", group: "m", totals: told, course }],
    keys: [{ key: "team", totals: told }],
    queued: 4,
    point_seconds: 5,
    draining: true,
    etag: "state-0",
  });
});

const recentCall: RecentCall = {
  id: "call-1",
  endedAt: 0,
  model: "gpt",
  group: "m",
  deploymentId: "b",
  keyName: "team",
  inboundProtocol: "grpc",
  endpoint: "chat",
  stream: true,
  code: "upstream_timeout",
  totalMs: 50.5,
  firstTokenMs: 12,
  queuedMs: 3,
  retries: 1,
  fallbacks: 2,
  promptTokens: 10,
  outputTokens: 0,
  isEstimated: true,
  costUsd: 0.1 + 0.2,
  attempts: [
    { deploymentId: "a", group: "m", outcome: "upstream_rate_limited", ms: 4, status: 429 },
    { deploymentId: "b", group: "m", outcome: "success", ms: 40 },
  ],
  adjusted: ["temperature"],
};

test("ListCalls tells of each call all that is kept, and asks for what is wanted", async () => {
  const { operator, client, clock } = serve();
  operator.recent = { capacity: 1_000, calls: [{ ...recentCall, endedAt: clock.now() - 1_000 }] };
  const response = await client.listCalls({ limit: 7, model: "gpt", deploymentId: "a", key: "team", failedOnly: true });
  assert.deepEqual(toJson(ListCallsResponseSchema, response, protoNames), {
    capacity: 1_000,
    calls: [
      {
        call_id: "call-1",
        ended_at: "2023-11-14T22:29:59Z",
        model: "gpt",
        group: "m",
        deployment_id: "b",
        key: "team",
        protocol: "grpc",
        endpoint: "chat",
        stream: true,
        error_code: "upstream_timeout",
        total_ms: 50.5,
        first_content_ms: 12,
        queued_ms: 3,
        retries: 1,
        fallbacks: 2,
        prompt_tokens: 10,
        output_tokens: 0,
        tokens_estimated: true,
        cost_usd: 0.3,
        attempts: [
          { deployment_id: "a", group: "m", outcome: "upstream_rate_limited", ms: 4, status: 429 },
          { deployment_id: "b", group: "m", outcome: "success", ms: 40 },
        ],
        adjusted: ["temperature"],
      },
    ],
  });
  assert.deepEqual(operator.asked.at(-1), [
    "recentCalls",
    { limit: 7, model: "gpt", deploymentId: "a", keyName: "team", failedOnly: true },
  ]);
});

test("ListCalls without wishes asks for all, and leaves unset what is not known", async () => {
  const { operator, client } = serve();
  const unknown = {
    firstTokenMs: undefined,
    promptTokens: undefined,
    outputTokens: undefined,
    costUsd: undefined,
    code: undefined,
    adjusted: undefined,
  };
  operator.recent = { capacity: 1, calls: [{ ...recentCall, ...unknown }] };
  const { calls } = await client.listCalls({});
  const [call] = calls;
  assert.deepEqual([call?.firstContentMs, call?.promptTokens, call?.costUsd, call?.errorCode], [undefined, undefined, undefined, ""]);
  const wanted = { limit: Infinity, model: undefined, deploymentId: undefined, keyName: undefined, failedOnly: false };
  assert.deepEqual(operator.asked.at(-1), ["recentCalls", wanted]);
});

test("GetUsage tells series with their points, and asks for what is wanted", async () => {
  const { operator, client } = serve();
  const totals = { requests: 3, failures: 1, promptTokens: 2, outputTokens: 5e9, costUsd: 0.1 + 0.2 };
  const told = { requests: 3, failures: 1, prompt_tokens: 2, output_tokens: 5e9, cost_usd: 0.3 };
  operator.usages = {
    pointMs: 3_600_000,
    startedAt: 1_700_000_000_000,
    series: [
      { keyName: "", model: "m", isRest: false, totals, points: [totals] },
      { keyName: undefined, model: undefined, isRest: true, totals, points: [] },
    ],
  };
  const request = { resolution: UsageResolution.HOURS, byKey: true, byModel: true, key: "", limit: 1 };
  assert.deepEqual(toJson(GetUsageResponseSchema, await client.getUsage(request), protoNames), {
    series: [
      { key: "", model: "m", totals: told, points: [told] },
      { rest: true, totals: told },
    ],
    point_seconds: 3_600,
    time: "2023-11-14T22:30:00Z",
    started_at: "2023-11-14T22:13:20Z",
  });
  const wanted = { resolution: "hours", byKey: true, byModel: true, keyName: "", model: undefined, limit: 1 };
  assert.deepEqual(operator.asked.at(-1), ["usage", wanted]);
  await client.getUsage({});
  const nothing = { resolution: "minutes", byKey: false, byModel: false, keyName: undefined, model: undefined, limit: Infinity };
  assert.deepEqual(operator.asked.at(-1), ["usage", nothing]);
  assert.equal((await failure(client.getUsage({ resolution: 9 as UsageResolution }))).code, Code.InvalidArgument);
});

test("ListChanges tells the latest, as many as are wanted", async () => {
  const { operator, client } = serve();
  operator.audit = ["3", "2", "1"].map((after) => ({
    at: 1_700_000_000_000,
    who: "master key",
    what: "SetWeights",
    before: "0",
    after,
    etag: "state-1",
  }));
  const { changes } = await client.listChanges({ limit: 2 });
  assert.deepEqual(
    changes.map(({ who, what, before, after, etag, time }) => [who, what, before, after, etag, time?.seconds]),
    [
      ["master key", "SetWeights", "0", "3", "state-1", 1_700_000_000n],
      ["master key", "SetWeights", "0", "2", "state-1", 1_700_000_000n],
    ],
  );
  assert.equal((await client.listChanges({})).changes.length, 3);
});

test("ListStrategies tells of each group its strategy, its shadows and what speaks for another", async () => {
  const { client, operator } = serve();
  const answerMs = { count: 100, sum: -1_000, squares: 20_000, real: 30_000 };
  const few = { ...answerMs, count: 29 };
  const counts = { group: "m", strategy: "p2c", shadow: "least-busy", samples: 200, agreed: 50, answerMs, costUsd: few, failed: false };
  operator.strategyReport = [
    { group: "m", strategy: "p2c", deployments: 3, shadows: [counts], advice: ["has one deployment"] },
    { group: "n", strategy: "p2c", deployments: 1, shadows: [], advice: [] },
  ];
  const { groups, etag } = await client.listStrategies({});
  assert.equal(etag, operator.etag);
  const [first] = groups;
  assert.partialDeepStrictEqual(first, { group: "m", strategy: "p2c", deployments: 3, advice: ["has one deployment"] });
  const [shadow] = first?.shadows ?? [];
  assert.partialDeepStrictEqual(shadow, {
    strategy: "least-busy",
    samples: 200,
    agreed: 50,
    answerMs: { count: 100, mean: -10, real: 300 },
  });
  assert.equal(shadow?.costUsd, undefined);
  assert.deepEqual(
    (await client.listStrategies({ group: "n" })).groups.map(({ group }) => group),
    ["n"],
  );
});

describe("keys", () => {
  const spec = {
    name: "team",
    models: ["openai/*"],
    rpm: 5,
    tpm: 6_000_000_000,
    maxParallelRequests: 2,
    maxBudget: 1.5,
    budgetDuration: "7d",
    tags: ["eu"],
    priority: -3,
    metadata: { owner: "x", deep: [1] },
  };

  test("are made as asked for, and the secret is told once", async () => {
    const { operator, client } = serve();
    const { secret, key, etag } = await client.createKey({ spec: { ...spec, expires: timestampFromMs(1_700_000_000_500) } });
    assert.deepEqual(operator.asked[0]?.[1], { ...spec, expiresAt: 1_700_000_000_500 });
    assert.deepEqual([secret, etag, key?.spec?.name, key?.spec?.priority], ["sk-new", "state-1", "team", -3]);
  });

  test("without wishes have no limits", async () => {
    const { operator, client } = serve();
    await client.createKey({ spec: { name: "free" } });
    assert.deepEqual(operator.asked[0]?.[1], {
      name: "free",
      models: [],
      rpm: undefined,
      tpm: undefined,
      maxParallelRequests: undefined,
      maxBudget: undefined,
      budgetDuration: undefined,
      tags: [],
      priority: undefined,
      expiresAt: undefined,
      metadata: {},
    });
  });

  test("are listed with what they may and what they used, without any secret", async () => {
    const { operator, client } = serve();
    const { expiresAt, ...limits } = { ...spec, expiresAt: 1_800_000_000_000 };
    operator.operatedKeys = [
      {
        ...operatedKey({
          ...limits,
          expiresAt,
          sha256: "d1ge57",
          previous: { sha256: "01dd1ge57", validUntil: 1_700_000_000_000 },
          createdAt: 1_600_000_000_000,
        }),
        usage: { spentUsd: 0.1 + 0.2, budgetResetsAt: 1_750_000_000_000, usedRpm: 1, usedTpm: 2, inFlight: 3 },
        expired: true,
      },
    ];
    const { keys } = await client.listKeys({});
    assert.ok(keys[0]);
    const told = toJson(KeySchema, keys[0], protoNames);
    assert.deepEqual(told, {
      spec: {
        name: "team",
        models: ["openai/*"],
        rpm: 5,
        tpm: 6_000_000_000,
        max_parallel_requests: 2,
        max_budget: 1.5,
        budget_duration: "7d",
        tags: ["eu"],
        priority: -3,
        expires: "2027-01-15T08:00:00Z",
        metadata: { owner: "x", deep: [1] },
      },
      origin: "admin",
      expired: true,
      spent_usd: 0.3,
      budget_resets_at: "2025-06-15T15:06:40Z",
      used_rpm: 1,
      used_tpm: 2,
      in_flight: 3,
      previous_secret_valid_until: "2023-11-14T22:13:20Z",
      created_at: "2020-09-13T12:26:40Z",
    });
    assert.doesNotMatch(JSON.stringify(told), /d1ge57|sk-/);
  });

  test("are revoked and rotated by name", async () => {
    const { operator, client } = serve();
    assert.equal((await client.revokeKey({ name: "team" })).key?.revoked, true);
    const { secret, key } = await client.rotateKey({ name: "team", overlap: durationFromMs(86_400_000) });
    assert.deepEqual([secret, key?.spec?.name], ["sk-other", "team"]);
    await client.rotateKey({ name: "team" });
    assert.deepEqual(
      operator.asked.map((asked) => asked.slice(0, -1)),
      [
        ["revokeKey", "team"],
        ["rotateKey", "team", 86_400_000],
        ["rotateKey", "team", 0],
      ],
    );
  });

  const wrong: readonly (readonly [string, (client: Client<typeof AdminService>) => Promise<unknown>])[] = [
    ["nothing at all", (client) => client.createKey({})],
    ["no name", (client) => client.createKey({ spec: {} })],
    [
      "a time beyond the year 9999",
      (client) => client.createKey({ spec: { name: "x", expires: create(TimestampSchema, { seconds: 1n << 50n }) } }),
    ],
    [
      "a time with too many nanoseconds",
      (client) => client.createKey({ spec: { name: "x", expires: create(TimestampSchema, { nanos: -1 }) } }),
    ],
    ["an overlap of more than 90 days", (client) => client.rotateKey({ name: "x", overlap: durationFromMs(90 * 86_400_000 + 1) })],
    ["a rotation of nobody", (client) => client.rotateKey({})],
    ["a revocation of nobody", (client) => client.revokeKey({})],
  ];
  for (const [what, ask] of wrong) {
    test(`with ${what} are refused`, async () => {
      const { operator, client } = serve();
      assert.equal((await failure(ask(client))).code, Code.InvalidArgument);
      assert.deepEqual(operator.asked, []);
    });
  }
});

describe("each change", () => {
  const changes: readonly (readonly [string, (client: Client<typeof AdminService>, etag: string) => Promise<object>])[] = [
    ["SetWeights", (client, etag) => client.setWeights({ weights: { b: 1 }, etag })],
    ["SetDeploymentState", (client, etag) => client.setDeploymentState({ deploymentId: "b", state: DeploymentState.BLOCKED, etag })],
    ["AddDeployment", (client, etag) => client.addDeployment({ entry, etag })],
    ["UpdateDeployment", (client, etag) => client.updateDeployment({ deploymentId: "b", entry, etag })],
    ["RemoveDeployment", (client, etag) => client.removeDeployment({ deploymentId: "b", etag })],
    ["SetRoutingStrategy", (client, etag) => client.setRoutingStrategy({ group: "m", strategy: "p2c", etag })],
    ["SetAlias", (client, etag) => client.setAlias({ alias: "x", targets: ["m"], etag })],
    ["ReloadConfig", (client, etag) => client.reloadConfig({ etag })],
    ["CreateKey", (client, etag) => client.createKey({ spec: { name: "x" }, etag })],
    ["RevokeKey", (client, etag) => client.revokeKey({ name: "x", etag })],
    ["RotateKey", (client, etag) => client.rotateKey({ name: "x", etag })],
  ];
  for (const [name, ask] of changes) {
    test(`${name} is made for the state that the caller saw, by its name, and tells the new state`, async () => {
      const { operator, client } = serve();
      const response = await ask(client, "state-0");
      assert.equal((response as { etag?: string }).etag, "state-1");
      assert.deepEqual(operator.asked.at(-1)?.at(-1), { who: "anyone (no master key is set)", etag: "state-0" });
      await ask(client, "");
      assert.deepEqual(operator.asked.at(-1)?.at(-1), { who: "anyone (no master key is set)", etag: undefined });
    });

    test(`${name} is aborted when something was changed since, and changes nothing`, async () => {
      const { operator, client } = serve();
      await client.setWeights({ weights: { a: 1 } });
      const error = await failure(ask(client, "state-0"));
      assert.equal(error.code, Code.Aborted);
      assert.equal(operator.etag, "state-1");
    });

    const codes: readonly (readonly [ErrorCode, Code])[] = [
      ["not_found", Code.NotFound],
      ["already_exists", Code.AlreadyExists],
      ["invalid_request", Code.InvalidArgument],
      ["shutting_down", Code.Unavailable],
    ];
    test(`${name} fails with the operator's reason`, async () => {
      for (const [reason, code] of codes) {
        const { operator, client } = serve();
        operator.failure = new RouterError(reason, `It is ${reason}.`);
        const error = await failure(ask(client, ""));
        assert.deepEqual([error.code, error.rawMessage], [code, `It is ${reason}.`]);
      }
    });
  }

  test("is made in the name of the master key where there is one", async () => {
    const { operator, client } = serve({ masterKey: "k" });
    await client.setWeights({ weights: { a: 1 } }, { headers: { authorization: "Bearer k" } });
    assert.deepEqual(operator.asked.at(-1)?.at(-1), { who: "master key", etag: undefined });
  });

  test("needs the master key where there is one", async () => {
    const { operator, client } = serve({ masterKey: "k" });
    for (const [, ask] of changes) assert.equal((await failure(ask(client, ""))).code, Code.Unauthenticated);
    assert.deepEqual(operator.asked, []);
  });
});
