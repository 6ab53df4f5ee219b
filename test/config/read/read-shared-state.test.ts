import assert from "node:assert/strict";
import { test } from "node:test";
import { describeConfig } from "../../../src/config/load/describe-config.ts";
import { load, loadValid, oneDeployment } from "../support/load.ts";

const section = (entry: string): string => `${oneDeployment()}general_settings: {shared_state: {${entry}}}\n`;

const places: readonly (readonly [string, unknown])[] = [
  ["url: redis://store.example", { kind: "server", host: "store.example", port: 6379 }],
  ["url: valkeys://store.example:7000", { kind: "server", host: "store.example", port: 7000 }],
  ['url: "redis://[::1]:7000/3"', { kind: "server", host: "::1", port: 7000 }],
  ["url: unix:///run/store.sock", { kind: "socket", path: "/run/store.sock" }],
  [
    "nodes: [a.example, b.example:7001]",
    {
      kind: "cluster",
      nodes: [
        { host: "a.example", port: 6379 },
        { host: "b.example", port: 7001 },
      ],
    },
  ],
  [
    "sentinels: [s.example], sentinel_name: main",
    { kind: "sentinel", sentinels: [{ host: "s.example", port: 26379 }], name: "main", password: undefined },
  ],
];

for (const [entry, place] of places) {
  test(`the store of what nodes share is read: ${entry}`, async () => {
    const { sharedState } = await loadValid(section(entry));
    assert.ok(sharedState);
    assert.deepEqual(sharedState.place, place);
    assert.deepEqual([sharedState.namespace, sharedState.nodeTtlMs, sharedState.refusesOnLoss], ["huntgroup", 600_000, false]);
  });
}

test("an account of the store is read from its address or beside it, is never shown, and check says where the limits lie", async () => {
  const config = await loadValid(section('url: "rediss://me:from-the-url@store.example/2", password: os.environ/STORE_PASSWORD'), {
    env: { STORE_PASSWORD: "from-the-environment" },
  });
  const { sharedState, secrets } = config;
  assert.deepEqual([sharedState?.username, sharedState?.password, sharedState?.database], ["me", "from-the-environment", 2]);
  assert.deepEqual(sharedState?.tls, { ca: undefined, serverName: undefined });
  assert.doesNotMatch(secrets.scrub("from-the-environment"), /from-the/);
  assert.match(
    describeConfig(config),
    /limits +shared by all nodes as huntgroup in the store at store\.example:6379, by general_settings\.shared_state/,
  );
});

for (const [entry, message] of [
  ["", /needs one of url, nodes and sentinels/],
  ["url: redis://a, nodes: [b]", /needs only one of url/],
  ["url: http://a", /must be an address such as redis:/],
  ["url: redis://a/b", /must be an address such as redis:/],
  ["sentinels: [a]", /is needed beside sentinels/],
  ["nodes: []", /is empty: name one/],
  ['nodes: ["a b"]', /must be host:port/],
  ["nodes: [a], db: 1", /must be 0/],
  ["url: redis://a, namespace: a b", /must be 1 to 128 letters/],
  ["url: redis://a, on_store_loss: panic", /must be local or refuse/],
  ["url: redis://a, node_ttl: 5", /seconds ≥ 70, not 5/],
  ["url: redis://a, nodename: x", /is not known here \(did you mean node_name\?\)/],
  ["url: rediss://a, tls_ca: /nowhere.pem", /cannot be read/],
] as const) {
  test(`the store of what nodes share is refused: ${entry}`, async () => {
    const { problems } = await load(section(entry));
    assert.match(problems.map(({ message: text }) => text).join("\n"), message);
  });
}
