import assert from "node:assert/strict";
import { test } from "node:test";
import { callerFormats } from "../../../src/formats/index.ts";
import { knownPaths } from "../../../src/rest/routes.ts";
import { load, loadValid, oneDeployment } from "../support/load.ts";

const section = (entry: string): string => `${oneDeployment()}general_settings: {pass_through_endpoints: [${entry}]}\n`;
const env = { SEARCH_KEY: "search-secret-0123456789" };

test("paths that lead to other servers are read as LiteLLM's files write them", async () => {
  const { passThrough, secrets } = await loadValid(
    section(
      '{path: /search/, target: "https://t.example:8443/a/?k=v0123456789", headers: {Authorization: "bearer os.environ/SEARCH_KEY", X-N: 3}, include_subpath: true, methods: [post], timeout: 5, default_query_params: {n: 2}}, {path: /v1/search/more, target: "http://u.example"}',
    ),
    { env },
  );
  const [longer, search] = passThrough;
  assert.equal(longer?.path, "/v1/search/more");
  assert.deepEqual([longer.targetPath, longer.needsKey, longer.hasSubpaths, longer.timeoutMs], ["", true, false, 600_000]);
  assert.deepEqual(search, {
    path: "/search",
    origin: "https://t.example:8443",
    targetPath: "/a",
    query: [["k", "v0123456789"]],
    defaultQuery: [["n", "2"]],
    headers: { authorization: "bearer search-secret-0123456789", "x-n": "3" },
    hasSubpaths: true,
    needsKey: true,
    methods: ["POST"],
    timeoutMs: 5_000,
  });
  assert.doesNotMatch(secrets.scrub("search-secret-0123456789 v0123456789"), /search-secret|v0123/);
});

const target = 'target: "https://t.example"';

for (const [entry, message] of [
  ["{path: /search}", /is missing/],
  [`{${target}}`, /is missing/],
  ["x", /must be a map/],
  ['{path: /search, target: "ftp://t.example"}', /is not a URL/],
  ['{path: /search, target: "https://a:b@t.example"}', /user name or password/],
  [`{path: search, ${target}}`, /must be a path/],
  [`{path: /a/../search, ${target}}`, /must be a path/],
  [`{path: /a//b, ${target}}`, /must be a path/],
  [`{path: "/a b", ${target}}`, /must be a path/],
  [`{path: "/a%2fb", ${target}}`, /must be a path/],
  [`{path: /search, ${target}, atuh: true}`, /is not known here \(did you mean auth\?\)/],
  [`{path: /search, ${target}, methods: [CONNECT]}`, /must be of GET/],
  [`{path: /search, ${target}, headers: {"a b": x}}`, /is not a header's name/],
  [`{path: /search, ${target}, headers: {Host: x}}`, /cannot be set/],
  [`{path: /search, ${target}, headers: {a: "x\\ny"}}`, /holds a line break/],
  [`{path: /search, ${target}}, {path: /search/, ${target}}`, /by another entry/],
] as const) {
  test(`${entry} refuses the start`, async () => {
    const { problems } = await load(section(entry));
    assert.ok(
      problems.some((problem) => message.test(problem.message)),
      JSON.stringify(problems.map((problem) => problem.message)),
    );
  });
}

test("no path of the router's own can be hidden", async () => {
  const formatPaths = callerFormats.flatMap((format) => format.knownPaths ?? []).join(" ");
  const own = `${knownPaths} ${formatPaths}`.match(/(?<!\w)\/[\w./{}-]+/g) ?? [];
  const others = [
    "/",
    "/v1",
    "/openai",
    "/anthropic/v1",
    "/console",
    "/console/x",
    "/huntgroup.v1.ChatService/Create",
    "/grpc.health.v1.Health/Check",
    "/realtime",
    "/v1/rerank",
  ];
  for (const path of new Set([...own, ...others])) {
    const { problems } = await load(section(`{path: "${path.replaceAll(/[{}]/g, "")}", ${target}}`));
    assert.match(problems[0]?.message ?? "", /hide paths of the router's own/, path);
  }
  assert.ok(own.length > 30, String(own));
});

test("a path that everybody may ask for, and costs that are not counted, are warned of", async () => {
  const { warnings } = await load(section(`{path: /search, ${target}, auth: false, cost_per_request: 0.1}`));
  const messages = warnings.map((warning) => warning.message).join("\n");
  assert.match(messages, /everybody who reaches the server may ask https:\/\/t\.example/);
  assert.match(messages, /counted in no cost/);
});
