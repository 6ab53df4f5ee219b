import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { defaultRouterSettings } from "../../../src/config/settings/read-router-settings.ts";
import { callerKeyOf } from "../../support/caller-key-of.ts";
import { CoreFixture, deployment, tableSource } from "../../support/core-fixture.ts";

const hourMs = 3_600_000;
const free = { inputCostPerToken: 1, outputCostPerToken: 0 };

/** What is limited at first, and for how long by time passed. Each is made so that a call is refused, and says when one is not any more. */
interface Limited {
  readonly name: string;
  /** @returns A router whose next call is refused. */
  readonly begin: () => Promise<CoreFixture>;
  readonly caller?: ReturnType<typeof callerKeyOf>;
  /** Until the call is served. */
  readonly lastsMs: number;
}

const perMinute = callerKeyOf("team", { rpm: 1 });
const spent = callerKeyOf("team", { budget: { usd: 1, periodMs: hourMs / 2 } });

async function afterOneCall(over: Parameters<typeof deployment>[1], caller?: ReturnType<typeof callerKeyOf>): Promise<CoreFixture> {
  const fixture = new CoreFixture(tableSource([deployment("a", over)]));
  await fixture.run(caller === undefined ? {} : { caller });
  return fixture;
}

const limits: readonly Limited[] = [
  { name: "a deployment's requests per minute", lastsMs: 61_000, begin: () => afterOneCall({ rpm: 1 }) },
  { name: "a key's requests per minute", lastsMs: 61_000, caller: perMinute, begin: () => afterOneCall({}, perMinute) },
  { name: "a key's budget for half an hour", lastsMs: hourMs / 2, caller: spent, begin: () => afterOneCall(free, spent) },
  {
    name: "a cooldown",
    lastsMs: 5_000,
    begin: async () => {
      const fixture = new CoreFixture(tableSource([deployment("a")]));
      fixture.upstream.script("a", { kind: "reply", status: 401 }, { kind: "reply" });
      await fixture.run();
      return fixture;
    },
  },
];

for (const jumpMs of [hourMs, -hourMs]) {
  describe(`the system's clock is set by ${jumpMs / hourMs} h:`, () => {
    for (const { name, begin, caller, lastsMs } of limits) {
      test(`${name} holds for as long as before, and no longer`, async () => {
        const fixture = await begin();
        const { clock, upstream } = fixture;
        const hits = upstream.hits.length;
        const over = caller === undefined ? {} : { caller };
        const ask = async (): Promise<boolean> => {
          const { sink } = fixture.start(over);
          clock.advance(0);
          await Promise.resolve();
          return sink.error === undefined && upstream.hits.length > hits;
        };
        assert.equal(await ask(), false, "before the jump");
        clock.jump(jumpMs);
        assert.equal(await ask(), false, "at once after it");
        clock.advance(lastsMs / 2);
        assert.equal(await ask(), false, "half of the time later");
        clock.advance(lastsMs / 2);
        assert.equal(await ask(), true, "when the time is over");
      });
    }

    test("a key that has spent its budget is told the time that is really left, and when that is by the clock that people have", async () => {
      const fixture = await afterOneCall(free, spent);
      fixture.clock.advance(1_000);
      fixture.clock.jump(jumpMs);
      const { sink } = fixture.start({ caller: spent });
      await Promise.resolve();
      assert.equal(sink.error?.code, "budget_exceeded");
      const waitMs = sink.error.retryAfterMs ?? 0;
      assert.ok(waitMs > 0 && waitMs <= hourMs / 2 - 1_000, `${waitMs} ms`);
      assert.equal(fixture.router.keyUsage("team").budgetResetsAt, fixture.clock.wallTime() + waitMs);
    });

    test("what was spent is kept over a restart with the moment by the clock at that time", async () => {
      const fixture = await afterOneCall(free, spent);
      fixture.clock.jump(jumpMs);
      const kept = fixture.router.spend();
      const after = new CoreFixture(tableSource([deployment("a", free)]));
      after.clock.jump(jumpMs);
      after.router.restoreSpend(kept);
      const { sink } = after.start({ caller: spent });
      await Promise.resolve();
      assert.equal(sink.error?.code, "budget_exceeded");
      assert.ok((sink.error.retryAfterMs ?? Number.POSITIVE_INFINITY) <= hourMs / 2);
    });

    test("a call's own timeout ends it when it would have", () => {
      const fixture = new CoreFixture(tableSource([deployment("a")]));
      fixture.upstream.otherwise({ kind: "hang" });
      const begun = fixture.clock.now();
      const { sink } = fixture.start({ deadline: begun + 10_000 });
      fixture.clock.advance(5_000);
      fixture.clock.jump(jumpMs);
      fixture.clock.advance(4_999);
      assert.equal(sink.outcomes, 0);
      fixture.clock.advance(1);
      assert.equal(sink.error?.code, "deadline_exceeded");
    });

    test("a wait in the queue ends when it would have", async () => {
      const settings = { ...defaultRouterSettings, queue: { timeoutMs: 20_000, size: 5 } };
      const fixture = new CoreFixture(tableSource([deployment("a", { maxParallelRequests: 1 })], { settings }));
      fixture.upstream.otherwise({ kind: "hang" });
      fixture.start();
      const { sink } = fixture.start();
      fixture.clock.advance(10_000);
      fixture.clock.jump(jumpMs);
      fixture.clock.advance(9_999);
      await Promise.resolve();
      assert.equal(sink.outcomes, 0);
      fixture.clock.advance(1);
      await Promise.resolve();
      assert.equal(sink.error?.code, "no_capacity");
    });
  });
}
