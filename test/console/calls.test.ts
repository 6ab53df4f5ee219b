import { create, type MessageInitShape } from "@bufbuild/protobuf";
import assert from "node:assert/strict";
import { test } from "node:test";
import { attemptText, costText, detours, outcomeWord, tokensText, toCallsRequest } from "../../console/src/calls.ts";
import { RecentAttemptSchema, RecentCallSchema } from "../../gen/huntgroup/v1/admin_pb.ts";

const call = (over: MessageInitShape<typeof RecentCallSchema>) => create(RecentCallSchema, over);

test("an attempt is told by its deployment, what went wrong, the status it was refused with, and its time", () => {
  const cases = [
    [{ deploymentId: "east", outcome: "success", ms: 12.34 }, "east, 12.3 ms"],
    [{ deploymentId: "east", outcome: "upstream_error", ms: 1_200, status: 500 }, "east, upstream error 500, 1.2 s"],
    [{ deploymentId: "east", outcome: "upstream_timeout", ms: 30_000 }, "east, upstream timeout, 30 s"],
    [{ deploymentId: "east", outcome: "cancelled", ms: 1 }, "east, cancelled, 1 ms"],
  ] as const;
  for (const [attempt, text] of cases) assert.equal(attemptText(create(RecentAttemptSchema, attempt)), text);
});

test("what went well is good, what failed is bad, and who hung up is neither", () => {
  assert.deepEqual(
    ["", "success", "no_capacity", "cancelled"].map((code) => outcomeWord(code).tone),
    ["good", "good", "bad", "off"],
  );
});

test("a call's detours are named where there were any", () => {
  assert.equal(detours(call({})), "");
  assert.equal(detours(call({ retries: 1, fallbacks: 2, queuedMs: 40 })), "1 retry, 2 fallbacks, waited 40 ms");
  assert.equal(detours(call({ retries: 2 })), "2 retries");
  assert.equal(detours(call({ retries: 1, adjusted: ["top_p", "seed"] })), "1 retry, adjusted top_p seed");
});

test("tokens and cost that are not known are not called nothing", () => {
  assert.deepEqual([tokensText(call({})), costText(call({}))], ["–", "–"]);
  assert.equal(tokensText(call({ promptTokens: 10, outputTokens: 0 })), "10 in, 0 out");
  assert.equal(tokensText(call({ outputTokens: 20_000, tokensEstimated: true })), "about 0 in, 20k out");
  assert.equal(costText(call({ costUsd: 0 })), "$0");
});

test("a filter is asked for as it is typed, but for the white space around it", () => {
  const { model, deploymentId, key, failedOnly, limit } = toCallsRequest(
    { model: " gpt ", deployment: "", key: "a b ", failedOnly: true },
    9,
  );
  assert.deepEqual([model, deploymentId, key, failedOnly, limit], ["gpt", "", "a b", true, 9]);
});
