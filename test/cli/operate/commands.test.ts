import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { durationMs, timestampFromDate } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, type ServiceImpl } from "@connectrpc/connect";
import assert from "node:assert/strict";
import { test } from "node:test";
import { stripVTControlCharacters } from "node:util";
import {
  DeploymentHealth,
  DeploymentSchema,
  DeploymentState,
  Eligibility,
  UsageResolution,
  type AdminService,
  type AddDeploymentRequest,
  type CreateKeyRequest,
  type ExplainRouteRequest,
  type GetUsageRequest,
  type ListCallsRequest,
  type ReloadConfigRequest,
  type SetWeightsRequest,
} from "../../../gen/huntgroup/v1/admin_pb.ts";
import { AdminServer } from "../../support/admin-server.ts";
import { CliWorld } from "../../support/cli-world.ts";

type Script = Partial<ServiceImpl<typeof AdminService>>;

const at = (text: string) => timestampFromDate(new Date(text));

const deployment = (over: MessageInitShape<typeof DeploymentSchema>) =>
  create(DeploymentSchema, {
    group: "gpt",
    provider: "openai",
    address: "openai/gpt-4o",
    eligibility: Eligibility.ELIGIBLE,
    state: DeploymentState.ACTIVE,
    strategy: "simple-shuffle",
    weight: 1,
    order: 0,
    inFlight: 0,
    usedRpm: 0,
    usedTpm: 0,
    failureRate: 0,
    ...over,
  });

const east = deployment({ id: "east-1", weight: 50, inFlight: 2, maxParallelRequests: 10, usedRpm: 12, rpmLimit: 60, firstTokenMs: 312.4 });
const west = deployment({
  id: "west-1",
  weight: 50,
  eligibility: Eligibility.COOLING_DOWN,
  eligibleInMs: 4_200,
  failureRate: 0.5,
  detail: "3 of 6 attempts failed",
});
const spare = deployment({ id: "west-2", weight: 0, eligibility: Eligibility.BACKUP });
const listing: Script = { listDeployments: () => ({ deployments: [east, west, spare], etag: "e7" }) };

/** One command against one server. @returns What it printed, each output by its name. */
async function ran(
  line: string | readonly string[],
  script: Script,
  prepare: (world: CliWorld) => void = () => undefined,
): Promise<{ code: number; out: string; err: string }> {
  await using server = await AdminServer.listen(script);
  const world = new CliWorld({ HUNTGROUP_URL: server.url });
  prepare(world);
  const code = await world.runWords(typeof line === "string" ? line.split(" ") : line);
  return { code, out: world.out.replaceAll(server.url, "URL"), err: world.err.replaceAll(server.url, "URL") };
}

test("deployments shows a table, with what is short of nothing left out", async () => {
  assert.deepEqual(await ran("deployments", listing), {
    code: 0,
    out: `GROUP  ID      STATUS            WEIGHT  IN FLIGHT    RPM  TPM  FIRST TOKEN  FAILING  ADDRESS        DETAIL
gpt    east-1  eligible              50       2/10  12/60    0        312ms       0%  openai/gpt-4o
gpt    west-1  cooling down, 4s      50          0      0    0                   50%  openai/gpt-4o  3 of 6 attempts failed
gpt    west-2  backup                 0          0      0    0                    0%  openai/gpt-4o
`,
    err: "",
  });
});

test("deployments of a group asks for that group, and reads every page", async () => {
  const asked: string[] = [];
  const script: Script = {
    listDeployments({ group, pageToken }) {
      asked.push(`${group}/${pageToken}`);
      return pageToken === "" ? { deployments: [east], nextPageToken: "2", etag: "e7" } : { deployments: [west], etag: "e7" };
    },
  };
  const { out } = await ran("deployments gpt --json", script);
  assert.deepEqual(asked, ["gpt/", "gpt/2"]);
  const document = JSON.parse(out) as { etag: string; deployments: Record<string, unknown>[] };
  assert.equal(out.trim().split("\n").length, 1);
  assert.equal(document.etag, "e7");
  assert.deepEqual(
    document.deployments.map(({ id, eligibility, in_flight, rpm_limit }) => [id, eligibility, in_flight, rpm_limit]),
    [
      ["east-1", "ELIGIBILITY_ELIGIBLE", 2, 60],
      ["west-1", "ELIGIBILITY_COOLING_DOWN", 0, undefined],
    ],
  );
});

test("a terminal that is narrow gets fewer columns and cut texts, and no line that wraps", async () => {
  for (const columns of [120, 80, 60, 45]) {
    const { out } = await ran("deployments", listing, (world) => (world.terminal = { columns, rows: 24 }));
    // Colours take no place.
    const lines = stripVTControlCharacters(out).trimEnd().split("\n");
    assert.equal(lines.length, 4);
    for (const line of lines) assert.ok(line.length <= columns, `${columns}: ${line}`);
    assert.ok(lines[1]?.includes("east-1") && lines[1].includes("eligible"), out);
  }
});

const escape = "\u001B";
const colourCases: readonly (readonly [what: string, isTerminal: boolean, env: Readonly<Record<string, string>>, coloured: boolean])[] = [
  ["a terminal", true, {}, true],
  ["no terminal", false, {}, false],
  ["a terminal with NO_COLOR", true, { NO_COLOR: "1" }, false],
  ["a terminal with an empty NO_COLOR, which means nothing", true, { NO_COLOR: "" }, true],
  ["a dumb terminal", true, { TERM: "dumb" }, false],
];
for (const [what, isTerminal, env, coloured] of colourCases) {
  test(`colours: ${coloured ? "yes" : "no"} on ${what}`, async () => {
    await using server = await AdminServer.listen(listing);
    const world = new CliWorld({ HUNTGROUP_URL: server.url, ...env });
    if (isTerminal) world.terminal = { columns: 200, rows: 50 };
    await world.run("deployments");
    assert.equal(world.out.includes(escape), coloured);
    assert.equal(world.out.includes(`${escape}[32meligible${escape}[0m`), coloured);
  });
}

test("what a server says cannot steer the terminal", async () => {
  const script: Script = { listDeployments: () => ({ deployments: [deployment({ id: "a", detail: `${escape}]0;title\u0007\nnext` })] }) };
  const { out } = await ran("deployments", script);
  assert.ok(!out.includes(escape) && !out.includes("\u0007"), out);
  assert.equal(out.trimEnd().split("\n").length, 2);
});

test("weights set tells before and after, and the share of traffic of each, those that were not named included", async () => {
  let asked: SetWeightsRequest | undefined;
  const script: Script = {
    ...listing,
    setWeights(request) {
      asked = request;
      return {
        changes: [
          { deploymentId: "east-1", before: 50, after: 90 },
          { deploymentId: "west-1", before: 50, after: 10 },
        ],
        etag: "e8",
      };
    },
  };
  const { code, out } = await ran("weights set gpt east=90 west-1=10 --etag e7", script);
  assert.equal(code, 0);
  assert.deepEqual([asked?.weights, asked?.etag, asked?.over], [{ "east-1": 90, "west-1": 10 }, "e7", undefined]);
  assert.equal(
    out,
    `ID      WEIGHT    SHARE
east-1  50 -> 90  50% -> 90%
west-1  50 -> 10  50% -> 10%
west-2  0         backup
`,
  );
});

test("weights set over a time says by when, and of a strategy that looks at more than weights says so", async () => {
  let asked: SetWeightsRequest | undefined;
  const script: Script = {
    listDeployments: () => ({
      deployments: [deployment({ id: "a", strategy: "p2c" }), deployment({ id: "b", strategy: "p2c", state: DeploymentState.DRAINING })],
    }),
    setWeights(request) {
      asked = request;
      return { changes: [{ deploymentId: "a", before: 1, after: 3 }] };
    },
  };
  const { out } = await ran("weights set gpt a=3 --over 1h30m", script);
  assert.equal(asked?.over === undefined ? undefined : durationMs(asked.over), 5_400_000);
  assert.equal(
    out,
    `ID  WEIGHT  SHARE
a   1 -> 3  100%
b   1       none
in a straight line over 1h 30m, there by 2023-11-15T00:00:00Z
shares by weight alone; p2c looks at more than that
`,
  );
});

const prefixes: readonly (readonly [line: string, code: number, err: string])[] = [
  ["drain west", 2, 'huntgroup: several ids begin with "west": west-1, west-2\n'],
  ["drain north", 1, 'huntgroup: there is no deployment "north"; there are east-1, west-1, west-2\n'],
  ["drain esat-1", 1, 'huntgroup: there is no deployment "esat-1" (did you mean east-1?); there are east-1, west-1, west-2\n'],
  ["weights set gpt west=1", 2, 'huntgroup: several ids begin with "west": west-1, west-2\n'],
  ["weights set gpt east=1 east-1=2", 2, 'huntgroup: "east-1" is given twice.\n'],
];
const changed = () => assert.fail("changed");
for (const [line, code, err] of prefixes) {
  test(`"${line}" names no deployment, and nothing is changed`, async () => {
    assert.deepEqual(await ran(line, { ...listing, setDeploymentState: changed, setWeights: changed }), { code, out: "", err });
  });
}

test("an id that others begin with is itself", async () => {
  const script: Script = {
    listDeployments: () => ({ deployments: [deployment({ id: "a" }), deployment({ id: "ab" })] }),
    setDeploymentState: ({ deploymentId }) => ({ deployment: deployment({ id: deploymentId }) }),
  };
  assert.equal((await ran("activate a", script)).out, "a is active\n");
});

const states: readonly (readonly [line: string, state: DeploymentState, out: string])[] = [
  ["drain east", DeploymentState.DRAINING, "east-1 is draining; 2 calls still under way\n"],
  ["block west-2", DeploymentState.BLOCKED, "west-2 is blocked\n"],
  ["activate east-1", DeploymentState.ACTIVE, "east-1 is active\n"],
];
for (const [line, state, out] of states) {
  test(`"${line}" sets the state`, async () => {
    const asked: unknown[] = [];
    const script: Script = {
      ...listing,
      setDeploymentState(request) {
        asked.push(request.state, request.etag);
        return { deployment: request.deploymentId === "east-1" ? east : spare };
      },
    };
    assert.deepEqual(await ran(`${line} --etag e7`, script), { code: 0, out, err: "" });
    assert.deepEqual(asked, [state, "e7"]);
  });
}

const lone: Script = {
  listDeployments: () => ({
    deployments: [
      deployment({ id: "well", health: DeploymentHealth.OK }),
      deployment({
        id: "ill",
        health: DeploymentHealth.FAILING,
        failureRate: 0.9,
        lastError: { code: "upstream_timeout", message: "No answer.", time: timestampFromDate(new Date(0)) },
      }),
      deployment({ id: "mute", health: DeploymentHealth.NEVER_ANSWERED, failureRate: 0.4 }),
      deployment({ id: "elsewhere", group: "other", health: DeploymentHealth.OK }),
    ],
  }),
  setDeploymentState: ({ deploymentId }) => ({ deployment: deployment({ id: deploymentId }) }),
  removeDeployment: () => ({ inFlight: 0 }),
};
const lastOne = "well is the last healthy deployment of gpt: its calls would wait, fall back or fail";

for (const line of ["drain well", "block well", "remove well"])
  for (const { given, confirms, code, err } of [
    { given: "", confirms: undefined, code: 2, err: `huntgroup: ${lastOne}; say --yes to do it all the same\n` },
    { given: "", confirms: false, code: 1, err: "huntgroup: nothing was changed\n" },
    { given: "", confirms: true, code: 0, err: "" },
    { given: " --yes", confirms: undefined, code: 0, err: "" },
  ])
    test(`"${line}${given}" takes out the last healthy one ${code === 0 ? "" : "not "}when a person ${confirms === undefined ? "is not there" : `says ${confirms ? "yes" : "no"}`}`, async () => {
      const changed: string[] = [];
      const script: Script = {
        ...lone,
        setDeploymentState: ({ deploymentId }) => (changed.push(deploymentId), {}),
        removeDeployment: ({ deploymentId }) => (changed.push(deploymentId), {}),
      };
      const answer = await ran(line + given, script, (world) => (world.confirms = confirms));
      assert.equal(answer.code, code);
      assert.deepEqual(changed, code === 0 ? ["well"] : []);
      const question = given === "" ? `${lastOne}. Go on?` : "";
      assert.equal(answer.err, question + err);
    });

for (const line of ["drain ill", "drain mute", "activate well", "remove ill"])
  test(`"${line}" asks nothing`, async () => {
    assert.deepEqual(await ran(line, lone).then(({ code, err }) => [code, err]), [0, ""]);
  });

const ids = (out: string) => Array.from(out.matchAll(/^(?:gpt|other) +(\w+)/gm), ([, id]) => id);

test("deployments that fail are not called eligible, and are found and sorted by that", async () => {
  const all = await ran("deployments", lone);
  assert.match(all.out, /^gpt +well +eligible /m);
  assert.match(all.out, /^gpt +ill +failing .* ago: upstream_timeout No answer\.$/m);
  assert.match(all.out, /^gpt +mute +never answered /m);
  assert.deepEqual(ids(all.out), ["well", "ill", "mute", "elsewhere"]);
  assert.deepEqual(ids((await ran("deployments --sort sick", lone)).out), ["ill", "mute", "well", "elsewhere"]);
  assert.deepEqual(ids((await ran("deployments --sick", lone)).out), ["ill", "mute"]);
  assert.equal((await ran("deployments --sick other", { listDeployments: () => ({}) })).out, "no sick deployments\n");
});

test("reset-cooldown tells whether there was one", async () => {
  const script: Script = { ...listing, resetCooldown: ({ deploymentId }) => ({ wasResting: deploymentId === "west-1" }) };
  assert.equal((await ran("reset-cooldown west-1", script)).out, "west-1 is not cooling down any more\n");
  assert.equal((await ran("reset-cooldown east", script)).out, "east-1 was not cooling down\n");
});

test("explain shows each candidate with its reason and score, and marks the pick", async () => {
  let asked: ExplainRouteRequest | undefined;
  const script: Script = {
    explainRoute(request) {
      asked = request;
      return {
        group: "gpt",
        strategy: "least-busy",
        pickedId: "east-1",
        reason: "the fewest calls in flight",
        scoreMeaning: "calls in flight, the fewest first",
        fallbacks: ["claude"],
        candidates: [
          { deploymentId: "east-1", eligibility: Eligibility.ELIGIBLE, picked: true, score: 2, weight: 50 },
          { deploymentId: "west-1", eligibility: Eligibility.TAGS, detail: "needs the tag paid", weight: 50 },
        ],
      };
    },
  };
  const { out } = await ran("explain gpt-4 --tag eu,free --tag beta --bytes 2000 --stream --as-key team-a --region eu", script);
  assert.deepEqual(
    [asked?.model, asked?.tags, asked?.requestBytes, asked?.stream, asked?.key, asked?.allowedRegion, asked?.maxOutputTokens],
    ["gpt-4", ["eu", "free", "beta"], 2000, true, "team-a", "eu", undefined],
  );
  assert.equal(
    out,
    `gpt-4 is group gpt, by least-busy: east-1
the fewest calls in flight

   ID      STATUS    WEIGHT  SCORE  DETAIL
>  east-1  eligible      50      2
   west-1  tags          50         needs the tag paid

score: calls in flight, the fewest first
a failed call goes on to claude
`,
  );
});

test("stats shows groups, deployments and keys", async () => {
  const script: Script = {
    getStats: () => ({
      startedAt: at("2030-01-01T00:00:00Z"),
      time: at("2030-01-01T02:30:00Z"),
      version: "1.2.3",
      queued: 1,
      pointSeconds: 10,
      groups: [
        {
          group: "gpt",
          totals: { requests: 1000, failures: 25, promptTokens: 50_000, outputTokens: 9_000, costUsd: 12.5 },
          course: [{ requests: 0 }, { requests: 4 }, { requests: 8 }],
        },
      ],
      deployments: [{ deploymentId: "east-1", group: "gpt", totals: { requests: 3 } }],
      keys: [{ key: "team-a", totals: { requests: 2, costUsd: 0.0125 } }],
    }),
  };
  assert.equal(
    (await ran("stats", script)).out,
    `huntgroup 1.2.3, up 2h 30m, 1 call waiting for capacity

GROUP  REQUESTS     FAILED  PROMPT TOKENS  OUTPUT TOKENS    COST  LAST 30s
gpt        1000  25 (2.5%)          50000           9000  $12.50  _▄█

DEPLOYMENT  REQUESTS  FAILED  PROMPT TOKENS  OUTPUT TOKENS   COST
east-1             3       0              0              0  $0.00

KEY     REQUESTS  FAILED  PROMPT TOKENS  OUTPUT TOKENS     COST
team-a         2       0              0              0  $0.0125
`,
  );
});

test("calls lists the latest with their attempts, narrowed as asked", async () => {
  let asked: ListCallsRequest | undefined;
  const script: Script = {
    listCalls(request) {
      asked = request;
      return {
        capacity: 1_000,
        calls: [
          {
            callId: "c2",
            endedAt: at("2030-01-01T00:00:01Z"),
            model: "gpt",
            key: "team-a",
            protocol: "rest",
            stream: true,
            totalMs: 812.4,
            firstContentMs: 300.2,
            promptTokens: 10,
            outputTokens: 20,
            tokensEstimated: true,
            costUsd: 0.0125,
            adjusted: ["top_p", "seed"],
            attempts: [
              { deploymentId: "east-1", outcome: "rate_limited", status: 429, ms: 12.3 },
              { deploymentId: "west-1", outcome: "success", ms: 799 },
            ],
          },
          { callId: "c1", endedAt: at("2030-01-01T00:00:00Z"), model: "gpt", protocol: "grpc", errorCode: "no_capacity", totalMs: 5 },
        ],
      };
    },
  };
  const { out } = await ran("calls --limit 5 --model gpt --deployment east-1 --of-key team-a --failed", script);
  assert.deepEqual([asked?.limit, asked?.model, asked?.deploymentId, asked?.key, asked?.failedOnly], [5, "gpt", "east-1", "team-a", true]);
  assert.equal(
    out,
    `ENDED                 MODEL  KEY     OUTCOME      ATTEMPTS                                       FIRST MS   MS  IN  OUT     COST  ADJUSTED    PROTOCOL      ID
2030-01-01T00:00:01Z  gpt    team-a  success      east-1 rate_limited 429 12.3ms > west-1 799ms       300  812  10  ~20  $0.0125  top_p,seed  rest, stream  c2
2030-01-01T00:00:00Z  gpt            no_capacity                                                             5                                grpc          c1
`,
  );
});

test("calls says why there are none", async () => {
  assert.equal((await ran("calls", { listCalls: () => ({ capacity: 10 }) })).out, "no calls\n");
  assert.match((await ran("calls", { listCalls: () => ({ capacity: 0 }) })).out, /general_settings\.recent_calls is 0/);
});

test("usage lists what was used by key and model, or by either, or of all", async () => {
  const asked: GetUsageRequest[] = [];
  const script: Script = {
    getUsage(request) {
      asked.push(request);
      const totals = { requests: 40, failures: 1, promptTokens: 500, outputTokens: 250, costUsd: 1.5 };
      const points = [{ promptTokens: 10 }, {}, { outputTokens: 20 }];
      return {
        pointSeconds: 60,
        series: [
          { ...(request.byKey && { key: "team-a" }), ...(request.byModel && { model: "gpt" }), totals, points },
          { rest: true, totals: { requests: 2 } },
        ],
      };
    },
  };
  assert.equal(
    (await ran("usage", script)).out,
    `KEY       MODEL     CALLS  FAILED  PROMPT TOKENS  OUTPUT TOKENS   COST  LAST 36m
team-a    gpt          40       1            500            250  $1.50  ▄_█
(others)  (others)      2       0              0              0  $0.00
`,
  );
  await ran("usage --by key --hours --model gpt --limit 3", script);
  await ran("usage --by none --of-key team-a", script);
  assert.deepEqual(
    asked.map(({ byKey, byModel, resolution, key, model, limit }) => [byKey, byModel, resolution, key, model, limit]),
    [
      [true, true, UsageResolution.MINUTES, undefined, undefined, 20],
      [true, false, UsageResolution.HOURS, undefined, "gpt", 3],
      [false, false, UsageResolution.MINUTES, "team-a", undefined, 20],
    ],
  );
  assert.equal((await ran("usage", { getUsage: () => ({}) })).out, "nothing was used\n");
});

test("reload tells what differs", async () => {
  let asked: ReloadConfigRequest | undefined;
  const script: Script = {
    reloadConfig(request) {
      asked = request;
      return {
        ok: true,
        addedIds: ["new"],
        removedIds: ["old"],
        changedIds: ["east-1"],
        settings: ["num_retries: 2 -> 3"],
        warnings: [{ file: "c.yaml", line: 3, column: 5, key: "router_settings.x", message: "has no effect" }],
      };
    },
  };
  const { code, out } = await ran("reload --dry-run --discard-changes", script);
  assert.equal(code, 0);
  assert.deepEqual([asked?.dryRun, asked?.discardChanges], [true, true]);
  assert.equal(
    out,
    `warning: c.yaml:3:5 router_settings.x: has no effect
it could be loaded:
  + new
  - old
  ~ east-1
  num_retries: 2 -> 3
`,
  );
  assert.equal((await ran("reload", { reloadConfig: () => ({ ok: true }) })).out, "loaded: nothing differs\n");
});

test("a reload of a broken file lists what is wrong and fails", async () => {
  const problems = [{ file: "c.yaml", line: 9, column: 1, key: "model_list[0].rpm", message: "must be a number" }];
  assert.deepEqual(await ran("reload", { reloadConfig: () => ({ ok: false, problems }) }), {
    code: 1,
    out: "error: c.yaml:9:1 model_list[0].rpm: must be a number\n",
    err: "huntgroup: the configuration has 1 problem; nothing was changed\n",
  });
  const json = await ran("reload --json", { reloadConfig: () => ({ ok: false, problems }) });
  assert.equal(json.code, 1);
  assert.equal((JSON.parse(json.out) as { ok: boolean }).ok, false);
});

test("config is YAML, with where it comes from in comments", async () => {
  const script: Script = {
    getConfig: () => ({
      config: { model_list: [{ model_name: "gpt", litellm_params: { model: "openai/x", api_key: "***" } }] },
      files: ["c.yaml", "more.yaml"],
      changes: ["weight of east-1: 50 -> 90"],
      stateFile: "c.state.json",
      loadedAt: at("2030-01-01T00:00:00Z"),
    }),
  };
  assert.equal(
    (await ran("config", script)).out,
    `# c.yaml, more.yaml, loaded 2030-01-01T00:00:00Z
# changes are kept in c.state.json
# changed at run time:
# - weight of east-1: 50 -> 90
model_list:
  - model_name: gpt
    litellm_params:
      model: openai/x
      api_key: "***"
`,
  );
});

test("strategies are listed with their shadows, what these would have changed, and hints", async () => {
  const change = { count: 900, mean: -41.2, standardError: 3.1, real: 300 };
  const groups = [
    {
      group: "gpt",
      strategy: "simple-shuffle",
      shadows: [
        {
          strategy: "least-busy",
          samples: 1_000,
          agreed: 250,
          answerMs: change,
          costUsd: { ...change, mean: 0.0002, standardError: 0.00001 },
        },
        { strategy: "mine", samples: 12, failed: true },
      ],
      advice: ["has replicas"],
    },
    { group: "other", strategy: "p2c" },
  ];
  const script: Script = { listStrategies: ({ group }) => ({ groups: groups.filter((one) => group === "" || one.group === group) }) };
  assert.equal(
    (await ran("strategies", script)).out,
    `GROUP  STRATEGY        SHADOW      SAMPLES  AGREES     FIRST ANSWER  PRICE OF 1,000 CALLS
gpt    simple-shuffle  least-busy     1000     25%  -41 ms ± 6.2 ms    +$0.2000 ± $0.0200
gpt    simple-shuffle  mine             12  failed
other  p2c             -

hint: gpt has replicas
`,
  );
  assert.doesNotMatch((await ran("strategies other", script)).out, /gpt/);
  assert.equal((await ran("strategies", { listStrategies: () => ({}) })).out, "no groups\n");
});

test("changes are listed newest first, as the server gives them", async () => {
  const script: Script = {
    listChanges: ({ limit }) => ({
      changes: [{ time: at("2030-01-01T00:00:00Z"), who: "master key", what: "SetWeights", before: "a=1", after: `a=${limit}` }],
    }),
  };
  assert.equal(
    (await ran("changes --limit 5", script)).out,
    `TIME                  WHO         WHAT        BEFORE  AFTER
2030-01-01T00:00:00Z  master key  SetWeights  a=1     a=5
`,
  );
  assert.match((await ran("changes", script)).out, /a=20/);
  assert.equal((await ran("changes", { listChanges: () => ({}) })).out, "no changes\n");
});

const entry = { model_name: "gpt", litellm_params: { model: "openai/gpt-4o", api_key: "os.environ/KEY", rpm: 60 } };
const entryFiles: readonly (readonly [what: string, text: string])[] = [
  ["YAML", "model_name: gpt\nlitellm_params: { model: openai/gpt-4o, api_key: os.environ/KEY, rpm: 60 }\n"],
  [
    "YAML as it stands in the list",
    "- model_name: gpt\n  litellm_params:\n    model: openai/gpt-4o\n    api_key: os.environ/KEY\n    rpm: 60\n",
  ],
  ["JSON", JSON.stringify(entry)],
];
for (const [what, text] of entryFiles) {
  const prepare = (world: CliWorld): void => {
    world.files = { "entry.yaml": text };
    world.standardInput = text;
  };
  test(`add and update send an entry in ${what}`, async () => {
    const asked: (AddDeploymentRequest["entry"] | string)[] = [];
    const script: Script = {
      ...listing,
      addDeployment(request) {
        asked.push(request.entry);
        return { deployment: deployment({ id: "new-1" }), warnings: [{ key: "rpm", message: "is small" }] };
      },
      updateDeployment(request) {
        asked.push(request.deploymentId, request.entry);
        return { deployment: east };
      },
    };
    assert.equal((await ran("add entry.yaml", script, prepare)).out, "warning: rpm: is small\nadded new-1 in group gpt: eligible\n");
    assert.equal((await ran("update east -", script, prepare)).out, "updated east-1 in group gpt: eligible\n");
    assert.deepEqual(asked, [entry, "east-1", entry]);
  });
}

const badEntries: readonly (readonly [text: string | undefined, message: RegExp])[] = [
  [undefined, /entry\.yaml cannot be read \(ENOENT\)/],
  ["a: [", /entry\.yaml is neither YAML nor JSON: /],
  ["just text", /entry\.yaml holds no entry of model_list/],
  ["", /entry\.yaml holds no entry/],
  ["- a: 1\n- b: 2\n", /entry\.yaml holds no entry/],
  ["a: &x\n  b: *x\n", /entry\.yaml (holds something that JSON cannot say|is neither)/],
];
for (const [text, message] of badEntries) {
  test(`a file with ${JSON.stringify(text)} is bad use`, async () => {
    const script: Script = { ...listing, addDeployment: () => assert.fail("sent") };
    const { code, err } = await ran("add entry.yaml", script, (world) => {
      if (text !== undefined) world.files = { "entry.yaml": text };
    });
    assert.equal(code, 2);
    assert.match(err, message);
    assert.equal(err.trimEnd().split("\n").length, 1, err);
  });
}

test("remove tells what is still under way", async () => {
  assert.equal(
    (await ran("remove west-2", { ...listing, removeDeployment: () => ({ inFlight: 1 }) })).out,
    "removed west-2; 1 call still under way\n",
  );
});

test("strategy sets a group's strategy, or the configured one again", async () => {
  const asked: unknown[] = [];
  const script: Script = {
    setRoutingStrategy(request) {
      asked.push(request.group, request.strategy, request.args);
      return { before: "simple-shuffle", after: request.strategy === "" ? "p2c" : request.strategy };
    },
  };
  assert.equal(
    (await ran(["strategy", "gpt", "latency-based-routing", "--args", '{"ttl": 60}'], script)).out,
    "gpt: simple-shuffle -> latency-based-routing\n",
  );
  assert.equal((await ran("strategy gpt --reset", script)).out, "gpt: simple-shuffle -> p2c\n");
  assert.deepEqual(asked, ["gpt", "latency-based-routing", { ttl: 60 }, "gpt", "", undefined]);
});

test("alias sets or removes another name", async () => {
  const script: Script = { setAlias: ({ targets }) => ({ before: ["old"], after: targets }) };
  assert.equal((await ran("alias best gpt claude --hidden", script)).out, "best is gpt, claude, hidden (was old)\n");
  assert.equal((await ran("alias best", script)).out, "removed best (was old)\n");
});

test("keys list shows what each may and has used, and no secret", async () => {
  const script: Script = {
    listKeys: () => ({
      keys: [
        {
          spec: { name: "team-a", models: ["gpt", "claude*"], rpm: 60, maxBudget: 20, budgetDuration: "7d" },
          usedRpm: 3,
          spentUsd: 1.5,
          origin: "admin",
        },
        { spec: { name: "old", expires: at("2020-01-01T00:00:00Z") }, expired: true, origin: "config" },
      ],
    }),
  };
  assert.equal(
    (await ran("keys list", script)).out,
    `NAME    STATE    MODELS         RPM  TPM  IN FLIGHT                   SPENT  EXPIRES               FROM
team-a  valid    gpt, claude*  3/60    0          0  $1.50 of $20.00 per 7d                        admin
old     expired  all              0    0          0                   $0.00  2020-01-01T00:00:00Z  config
`,
  );
});

test("keys create sends what was asked for, and prints the secret alone", async () => {
  let asked: CreateKeyRequest | undefined;
  const script: Script = {
    createKey(request) {
      asked = request;
      return { secret: "sk-hg-new", key: { spec: { name: "team-a" } } };
    },
  };
  const line =
    "keys create team-a --models gpt,claude* --rpm 60 --tpm 90000 --parallel 4 --budget 20 --per 7d --tag eu --priority -1 --expires 90d";
  assert.deepEqual(await ran([...line.split(" "), "--metadata", '{"cost_centre": 7}'], script), {
    code: 0,
    out: "sk-hg-new\n",
    err: 'the secret of "team-a" is shown this once; the server keeps a digest of it\n',
  });
  const spec = asked?.spec;
  assert.deepEqual(
    [
      spec?.models,
      spec?.rpm,
      spec?.tpm,
      spec?.maxParallelRequests,
      spec?.maxBudget,
      spec?.budgetDuration,
      spec?.tags,
      spec?.priority,
      spec?.metadata,
    ],
    [["gpt", "claude*"], 60, 90_000, 4, 20, "7d", ["eu"], -1, { cost_centre: 7 }],
  );
  // 90 days after the clock's now.
  assert.equal(Number(spec?.expires?.seconds), (1_700_000_000_000 + 1_000_000) / 1_000 + 90 * 86_400);
  const json = await ran("keys create team-a --json", script);
  assert.equal((JSON.parse(json.out) as { secret: string }).secret, "sk-hg-new");
  assert.equal(json.err, "");
});

test("keys rotate and revoke", async () => {
  const asked: unknown[] = [];
  const script: Script = {
    rotateKey({ overlap }) {
      asked.push(overlap?.seconds);
      return { secret: "sk-hg-2", key: overlap === undefined ? {} : { previousSecretValidUntil: at("2030-01-01T01:00:00Z") } };
    },
    revokeKey: ({ name }) => ({ key: { spec: { name }, revoked: true } }),
  };
  assert.deepEqual(await ran("keys rotate team-a --overlap 1h", script), {
    code: 0,
    out: "sk-hg-2\n",
    err: 'the new secret of "team-a" is shown this once; the old one is valid until 2030-01-01T01:00:00Z\n',
  });
  assert.match((await ran("keys rotate team-a", script)).err, /the old one is valid no more/);
  assert.deepEqual(asked, [3600n, undefined]);
  assert.equal((await ran("keys revoke team-a", script)).out, "revoked team-a\n");
});

test("what the server refuses is told in its words, in one line, with exit code 1", async () => {
  const cases: readonly (readonly [Code, string])[] = [
    [Code.InvalidArgument, 'huntgroup: no strategy "x"\n'],
    [Code.NotFound, 'huntgroup: no strategy "x"\n'],
    [Code.PermissionDenied, 'huntgroup: this key may not do that: no strategy "x"\n'],
    [Code.Aborted, 'huntgroup: no strategy "x" (look at the state again, then repeat, or leave out --etag)\n'],
    [Code.Unavailable, 'huntgroup: URL is not available: no strategy "x"\n'],
  ];
  for (const [code, err] of cases) {
    const script: Script = {
      setRoutingStrategy() {
        throw new ConnectError('no strategy "x"', code);
      },
    };
    assert.deepEqual(await ran("strategy gpt x", script), { code: 1, out: "", err });
  }
});
