import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CallIntake } from "../../../src/core/call/call-intake.ts";
import { KeyLimits } from "../../../src/core/keys/key-limits.ts";
import { BufferedBytes } from "../../../src/lib/shared/buffered-bytes.ts";
import { callerKeyOf } from "../../support/caller-key-of.ts";
import { CoreFixture, deployment, tableSource } from "../../support/core-fixture.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const mebibyte = 1_048_576;

function bounded(limit: number): BufferedBytes {
  const buffered = new BufferedBytes();
  buffered.limit = limit;
  return buffered;
}

function fixtureOf(): CoreFixture {
  return new CoreFixture(tableSource([deployment("a")]));
}

describe("the bytes of requests", () => {
  test("are held as they come, up to the bound, and given up once", () => {
    const buffered = bounded(8 * mebibyte);
    const keys = new KeyLimits(new FakeClock());
    const [one, other] = [new CallIntake(buffered, keys), new CallIntake(buffered, keys)];
    for (let piece = 0; piece < 6; piece++) assert.equal(one.hold(mebibyte), undefined);
    const refused = other.hold(2 * mebibyte);
    assert.equal(refused?.code, "local_fault");
    assert.equal(refused.retryAfterMs, 1_000);
    assert.equal(other.refusal(2 * mebibyte)?.code, "local_fault");
    assert.equal(other.hold(60_000), undefined, "a small request finds room where a large one does not");
    one.drop(mebibyte);
    one.release();
    one.release();
    other.release();
    assert.equal(buffered.bytes, 0);
  });

  test("that come after the end are not counted any more", () => {
    const buffered = bounded(mebibyte);
    const intake = new CallIntake(buffered, new KeyLimits(new FakeClock()));
    intake.hold(100);
    intake.release();
    assert.equal(intake.hold(100), undefined);
    intake.drop(100);
    assert.equal(buffered.bytes, 0);
  });
});

describe("a reply that is held", () => {
  const body = JSON.stringify({ choices: [{ message: { content: "x".repeat(2 * mebibyte) } }] });

  test("stays held until its caller has it", async () => {
    const buffered = bounded(8 * mebibyte);
    const fixture = new CoreFixture(tableSource([deployment("a")]), 1, [], { buffered });
    fixture.upstream.otherwise({ kind: "reply", body });
    const intake = fixture.router.intake();
    const sink = await fixture.run({ intake });
    assert.ok(sink.reply !== undefined && sink.reply.length > 2 * mebibyte);
    assert.ok(buffered.bytes >= 2 * mebibyte && buffered.bytes < 3 * mebibyte);
    intake.release();
    assert.equal(buffered.bytes, 0);
  });

  test("and would exceed the bound fails its call as a fault of this program: nothing cools down, and no other deployment is asked", async () => {
    const buffered = bounded(mebibyte);
    const fixture = new CoreFixture(tableSource([deployment("a", { allowedFails: 0 }), deployment("b")]), 1, [], { buffered });
    fixture.upstream.otherwise({ kind: "reply", body });
    for (let call = 0; call < 10; call++) {
      const intake = fixture.router.intake();
      const sink = await fixture.run({ intake });
      assert.equal(sink.error?.code, "local_fault");
      assert.equal(sink.error.retryAfterMs, 1_000);
      assert.equal(buffered.bytes, 0, "nothing of it stays held");
      intake.release();
    }
    assert.equal(fixture.upstream.hits.length, 10);
    assert.deepEqual(
      fixture.router.deployments().map(({ eligibility }) => eligibility),
      ["eligible", "eligible"],
    );
  });
});

describe("a key's place", () => {
  test("is held from the head on: a second request of a key with one call at once is refused before its body is read", async () => {
    const fixture = fixtureOf();
    const caller = callerKeyOf("team", { maxParallelRequests: 1 });
    const [one, two] = [fixture.router.intake(), fixture.router.intake()];
    assert.equal(one.enter(caller), undefined);
    assert.equal(two.enter(caller)?.code, "key_limit_reached");
    two.release();
    const sink = await fixture.run({ caller, intake: one });
    assert.equal(sink.error, undefined, "its own place does not count against it");
    const three = fixture.router.intake();
    assert.equal(three.enter(caller), undefined, "the place is free when the call has ended");
    three.release();
    assert.equal(fixture.router.intake().enter(caller), undefined);
  });

  test("counts once for the minute: as many calls pass as the key may make, and what ends without a call counts not at all", async () => {
    const fixture = fixtureOf();
    const caller = callerKeyOf("team", { rpm: 3 });
    for (let hangUp = 0; hangUp < 10; hangUp++) {
      const intake = fixture.router.intake();
      assert.equal(intake.enter(caller), undefined);
      intake.release();
    }
    for (let call = 0; call < 3; call++) {
      const intake = fixture.router.intake();
      assert.equal(intake.enter(caller), undefined);
      assert.equal((await fixture.run({ caller, intake })).error, undefined);
      intake.release();
    }
    const refused = fixture.router.intake().enter(caller);
    assert.equal(refused?.code, "key_limit_reached");
    fixture.clock.advance(refused.retryAfterMs ?? 0);
    assert.equal(fixture.router.intake().enter(caller), undefined);
  });

  test("counts against the minute while the body comes", () => {
    const fixture = fixtureOf();
    const caller = callerKeyOf("team", { rpm: 2 });
    const intakes = Array.from({ length: 5 }, () => fixture.router.intake());
    assert.deepEqual(
      intakes.map((intake) => intake.enter(caller)?.code),
      [undefined, undefined, "key_limit_reached", "key_limit_reached", "key_limit_reached"],
    );
  });

  test("is free again before a caller hears that its model does not exist", async () => {
    const fixture = fixtureOf();
    const caller = callerKeyOf("team", { maxParallelRequests: 1 });
    const intake = fixture.router.intake();
    intake.enter(caller);
    assert.equal((await fixture.run({ caller, intake, model: "nothing" })).error?.code, "model_not_found");
    assert.equal(fixture.router.intake().enter(caller), undefined);
  });
});
