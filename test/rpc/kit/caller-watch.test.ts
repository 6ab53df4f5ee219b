import { Code, ConnectError } from "@connectrpc/connect";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ErrorCode } from "../../../src/core/errors.ts";
import { watchCaller } from "../../../src/rpc/kit/caller-watch.ts";
import { FakeClock } from "../../support/fake-clock.ts";

function watched(): { clock: FakeClock; caller: AbortController; gone: ErrorCode[]; stop: () => void } {
  const clock = new FakeClock();
  const caller = new AbortController();
  const gone: ErrorCode[] = [];
  const stop = watchCaller(caller.signal, clock, (error) => gone.push(error.code));
  return { clock, caller, gone, stop };
}

describe("watching the caller", () => {
  test("tells at once that it hung up", () => {
    const { caller, gone } = watched();
    caller.abort();
    assert.deepEqual(gone, ["cancelled"]);
  });

  test("tells of one that was gone before", () => {
    const gone: ErrorCode[] = [];
    watchCaller(AbortSignal.abort(), new FakeClock(), (error) => gone.push(error.code));
    assert.deepEqual(gone, ["cancelled"]);
  });

  test("leaves a passed deadline to the router for a moment, then tells of it", () => {
    const { clock, caller, gone } = watched();
    caller.abort(new ConnectError("late", Code.DeadlineExceeded));
    clock.advance(99);
    assert.deepEqual(gone, []);
    clock.advance(1);
    assert.deepEqual(gone, ["deadline_exceeded"]);
  });

  test("tells nothing once stopped, and leaves no timer behind", () => {
    const { clock, caller, gone, stop } = watched();
    caller.abort(new ConnectError("late", Code.DeadlineExceeded));
    stop();
    clock.advance(1_000);
    const other = watched();
    other.stop();
    other.caller.abort();
    assert.deepEqual([...gone, ...other.gone], []);
    assert.equal(clock.pending, 0);
  });
});
