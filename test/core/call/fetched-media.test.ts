import assert from "node:assert/strict";
import { test } from "node:test";
import type { Call } from "../../../src/core/call.ts";
import { RouterError } from "../../../src/core/errors.ts";
import type { MediaFetcher } from "../../../src/core/upstream.ts";
import { callOf, CoreFixture, deployment, tableSource } from "../../support/core-fixture.ts";
import { fakeAdapter } from "../../support/fake-adapter.ts";

const place = "messages[0].content[1]";

/** A deployment that takes no addresses: it refuses every request that holds one. */
function addressless(id: string, param = place): ReturnType<typeof deployment> {
  const refuses = (call: Call): RouterError | undefined =>
    call.body.bytes.includes("https://") ? new RouterError("cannot_serve_this", "fetches nothing", { param }) : undefined;
  return deployment(id, { adapter: { ...fakeAdapter(id), refuses } });
}

class FakeFetcher implements MediaFetcher {
  readonly calls: { readonly withinMs: number; isCancelled: boolean; done(fetched: Call | RouterError): void }[] = [];

  placesIn(call: Call): ReadonlySet<string> | undefined {
    return call.body.bytes.includes("https://") ? new Set([place]) : undefined;
  }

  fetch(_call: Call, withinMs: number, done: (fetched: Call | RouterError) => void): { cancel(): void } {
    const fetch = { withinMs, isCancelled: false, done };
    this.calls.push(fetch);
    return { cancel: () => void (fetch.isCancelled = true) };
  }
}

const bodyOf = (text: string): Call["body"] => ({ bytes: Buffer.from(text), members: [] });
const addressed = { body: bodyOf('"https://a"') };
const fetched = (call: Partial<Call> = {}): Call => callOf({ body: bodyOf("data"), ...call });

function fixtureOf(media: FakeFetcher, ...deployments: readonly ReturnType<typeof deployment>[]): CoreFixture {
  return new CoreFixture(tableSource(deployments), 1, [], { media });
}

test("what a call names by address is fetched once, and all its attempts have it", async () => {
  const media = new FakeFetcher();
  const fixture = fixtureOf(media, addressless("a"), addressless("b"));
  fixture.upstream.script("a", { kind: "reply", status: 500 });
  const { sink } = fixture.start(addressed);
  await Promise.resolve();
  assert.equal(fixture.upstream.hits.length, 0);
  media.calls[0]?.done(fetched());
  await fixture.settle();
  assert.equal(sink.route?.deploymentId, "b");
  assert.deepEqual([media.calls.length, fixture.upstream.hits.length], [1, 2]);
});

test("nothing is fetched where a deployment takes addresses, or none is named, or they are not what is lacking", async () => {
  const media = new FakeFetcher();
  assert.equal((await fixtureOf(media, addressless("a"), deployment("b")).run(addressed)).route?.deploymentId, "b");
  assert.equal((await fixtureOf(media, addressless("a")).run({})).route?.deploymentId, "a");
  assert.equal((await fixtureOf(media, addressless("a", "tools")).run(addressed)).error?.param, "tools");
  assert.equal(media.calls.length, 0);
});

test("why it can't be had is the answer", async () => {
  const media = new FakeFetcher();
  const { sink } = fixtureOf(media, addressless("a")).start(addressed);
  media.calls[0]?.done(new RouterError("invalid_request", "is at no public address", { param: place }));
  await Promise.resolve();
  assert.deepEqual([sink.error?.code, sink.error?.param], ["invalid_request", place]);
});

test("a caller that hangs up ends the fetch, and its deadline bounds it", async () => {
  const media = new FakeFetcher();
  const fixture = fixtureOf(media, addressless("a"));
  const { handle } = fixture.start({ ...addressed, deadline: fixture.clock.now() + 700 });
  assert.equal(media.calls[0]?.withinMs, 700);
  handle.cancel();
  assert.ok(media.calls[0].isCancelled);
  await fixture.settle();
  assert.equal(fixture.upstream.hits.length, 0);
});
