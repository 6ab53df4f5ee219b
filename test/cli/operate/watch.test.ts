import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, type ServiceImpl } from "@connectrpc/connect";
import assert from "node:assert/strict";
import { test } from "node:test";
import { stripVTControlCharacters } from "node:util";
import {
  type DeploymentSchema,
  Eligibility,
  WatchDeploymentsResponseSchema,
  type AdminService,
  type WatchDeploymentsResponse,
} from "../../../gen/huntgroup/v1/admin_pb.ts";
import { AdminServer } from "../../support/admin-server.ts";
import { CliWorld } from "../../support/cli-world.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const time = timestampFromDate(new Date("2030-01-01T00:00:00Z"));
const a = { id: "a", group: "gpt", eligibility: Eligibility.ELIGIBLE, weight: 1, inFlight: 0, strategy: "p2c" };
const b = { id: "b", group: "gpt", eligibility: Eligibility.ELIGIBLE, weight: 2, inFlight: 0, strategy: "p2c" };

function message(snapshot: boolean, deployments: readonly MessageInitShape<typeof DeploymentSchema>[], removedIds: string[] = []) {
  return create(WatchDeploymentsResponseSchema, { snapshot, deployments: [...deployments], removedIds, time });
}

/** A server whose watch the test feeds by hand. */
function fedWatch() {
  const waiting: (WatchDeploymentsResponse | Error)[] = [];
  let wake = Promise.withResolvers<void>();
  const feed = (next: WatchDeploymentsResponse | Error): void => {
    waiting.push(next);
    wake.resolve();
  };
  const script: Partial<ServiceImpl<typeof AdminService>> = {
    async *watchDeployments(_request, { signal }) {
      const gone = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
      while (!signal.aborted) {
        const next = waiting.shift();
        if (next instanceof Error) throw next;
        if (next !== undefined) yield next;
        else await Promise.race([wake.promise, gone]);
        if (waiting.length === 0) wake = Promise.withResolvers();
      }
    },
  };
  return { script, feed };
}

const firstLines = `2030-01-01T00:00:00Z a (gpt) status eligible, weight 1, in flight 0, failing 0%, strategy p2c
2030-01-01T00:00:00Z b (gpt) status eligible, weight 2, in flight 0, failing 0%, strategy p2c
`;

test("without a terminal a watch prints a line for each deployment, then one for each that changes, until Ctrl-C, which is no failure", async () => {
  const { script, feed } = fedWatch();
  await using server = await AdminServer.listen(script);
  const world = new CliWorld({ HUNTGROUP_URL: server.url });
  const ended = world.run("deployments gpt --watch");
  feed(message(true, [a, b]));
  await world.until(/b \(gpt\) status eligible/);
  assert.equal(world.out, firstLines);
  feed(message(false, [{ ...b, eligibility: Eligibility.RPM_LIMIT, detail: "60 of 60", weight: 3 }]));
  feed(message(false, [], ["a"]));
  await world.until(/removed/);
  assert.equal(
    world.out.slice(firstLines.length),
    `2030-01-01T00:00:00Z b (gpt) status eligible -> rpm limit, detail none -> 60 of 60, weight 2 -> 3
2030-01-01T00:00:00Z a removed
`,
  );
  world.pressCtrlC();
  assert.equal(await ended, 0);
  assert.equal(world.err, "");
});

test("with --json a watch prints each message on a line", async () => {
  const { script, feed } = fedWatch();
  await using server = await AdminServer.listen(script);
  const world = new CliWorld({ HUNTGROUP_URL: server.url });
  const ended = world.run("deployments --watch --json");
  feed(message(true, [a]));
  feed(message(false, [], ["a"]));
  await world.until(/"removed_ids":\["a"\]/);
  const [first, second] = world.out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { snapshot: boolean; deployments: { id: string }[] });
  assert.deepEqual([first?.snapshot, first?.deployments[0]?.id, second?.snapshot], [true, "a", false]);
  world.pressCtrlC();
  assert.equal(await ended, 0);
});

test("on a terminal a watch draws anew, never more than fits", async () => {
  const { script, feed } = fedWatch();
  await using server = await AdminServer.listen(script);
  const world = new CliWorld({ HUNTGROUP_URL: server.url });
  world.terminal = { columns: 50, rows: 6 };
  const ended = world.run("deployments --watch");
  const many = Array.from({ length: 20 }, (_, index) => ({ ...a, id: `id-${index}` }));
  feed(message(true, many));
  await world.until(/more/);
  const [, screen = ""] = world.out.split("\u001B[H");
  const lines = stripVTControlCharacters(screen).trimEnd().split("\n");
  assert.equal(lines.length, 5);
  for (const line of lines) assert.ok(line.length <= 50, line);
  assert.match(lines[0] ?? "", /^2023-\S+, http:\/\/127/);
  assert.match(lines[4] ?? "", /^… 18 more$/);
  world.pressCtrlC();
  assert.equal(await ended, 0);
});

test("a watch that loses its server says so, connects again after a wait, and tells what is different then", async () => {
  const clock = new FakeClock();
  const { script, feed } = fedWatch();
  const server = await AdminServer.listen(script);
  const { port, url } = server;
  const world = new CliWorld({ HUNTGROUP_URL: url }, clock);
  const ended = world.run("deployments --watch");
  feed(message(true, [a, b]));
  await world.until(/b \(gpt\)/);
  await server[Symbol.asyncDispose]();
  await world.until(/trying again in 250ms/);
  assert.match(world.err, /^cannot reach http:\/\/127\.0\.0\.1:\d+: the connection was closed.*; trying again in 250ms\n$/);
  clock.advance(250);
  // Nobody is there yet.
  await world.until(/connection refused.*trying again in 500ms/);
  const again = fedWatch();
  await using later = await AdminServer.listen(again.script, { port });
  again.feed(message(true, [{ ...a, weight: 5 }]));
  clock.advance(500);
  await world.until(/removed/);
  assert.match(world.err, /\nconnected again\n$/);
  assert.equal(world.out.slice(firstLines.length), "2030-01-01T00:00:00Z a (gpt) weight 1 -> 5\n2030-01-01T00:00:00Z b removed\n");
  world.pressCtrlC();
  assert.equal(await ended, 0);
  assert.equal(later.port, port);
});

test("a server that stops ends a watch with UNAVAILABLE, and the watch goes on trying; Ctrl-C ends the wait too", async () => {
  const clock = new FakeClock();
  const { script, feed } = fedWatch();
  await using server = await AdminServer.listen(script);
  const world = new CliWorld({ HUNTGROUP_URL: server.url }, clock);
  const ended = world.run("deployments --watch");
  feed(message(true, [a]));
  feed(new ConnectError("the server stops", Code.Unavailable));
  await world.until(/is not available: the server stops; trying again/);
  world.pressCtrlC();
  assert.equal(await ended, 0);
  assert.equal(clock.pending, 0);
});

test("a watch ends when its reader is gone", async () => {
  const { script, feed } = fedWatch();
  await using server = await AdminServer.listen(script);
  const world = new CliWorld({ HUNTGROUP_URL: server.url });
  const ended = world.run("deployments --watch");
  feed(message(true, [a]));
  await world.until(/a \(gpt\)/);
  world.closeOutput();
  assert.equal(await ended, 0);
});

test("a watch that could never begin fails at once", async () => {
  await using server = await AdminServer.listen({}, { key: "right" });
  for (const [env, err] of [
    [{ HUNTGROUP_URL: server.url }, /wants its master key/],
    [{ HUNTGROUP_URL: server.url, HUNTGROUP_KEY: "right" }, /has no WatchDeployments: it is older than this command/],
    [{ HUNTGROUP_URL: "http://127.0.0.1:1" }, /connection refused/],
  ] as const) {
    const world = new CliWorld(env);
    assert.equal(await world.run("deployments --watch"), 1);
    assert.match(world.err, err);
  }
});
