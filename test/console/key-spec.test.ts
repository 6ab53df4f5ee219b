import { create } from "@bufbuild/protobuf";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import assert from "node:assert/strict";
import { test } from "node:test";
import { dollars, keyWord, toKeySpec } from "../../console/src/key-spec.ts";
import { KeySchema } from "../../gen/huntgroup/v1/admin_pb.ts";

function form(fields: Readonly<Record<string, string>>): Pick<FormData, "get"> {
  return { get: (name) => fields[name] ?? null };
}

test("what is left empty is not limited", () => {
  const spec = toKeySpec(form({ name: " team " }), 0);
  assert.equal(spec.name, "team");
  assert.deepEqual([spec.models, spec.tags], [[], []]);
  const { rpm, tpm, maxParallelRequests, maxBudget, budgetDuration, expires } = spec;
  assert.deepEqual(new Set([rpm, tpm, maxParallelRequests, maxBudget, budgetDuration, expires]), new Set([undefined]));
});

test("every field of the form is one of the key's", () => {
  const fields = {
    name: "a",
    models: "gpt-4o, claude*",
    tags: "eu paid",
    rpm: "60",
    tpm: "0",
    parallel: "3",
    budget: "2.5",
    per: "7d",
    days: "2",
  };
  const spec = toKeySpec(form(fields), 1_000);
  assert.deepEqual(spec.models, ["gpt-4o", "claude*"]);
  assert.deepEqual(spec.tags, ["eu", "paid"]);
  assert.deepEqual([spec.rpm, spec.tpm, spec.maxParallelRequests, spec.maxBudget, spec.budgetDuration], [60, 0, 3, 2.5, "7d"]);
  assert.equal(spec.expires === undefined ? undefined : timestampMs(spec.expires), 1_000 + 2 * 86_400_000);
});

test("a period without a budget is none", () => {
  assert.equal(toKeySpec(form({ name: "a", per: "7d" }), 0).budgetDuration, undefined);
});

test("a key is valid until it is revoked or expires", () => {
  for (const [over, word] of [
    [{}, "valid"],
    [{ expired: true }, "expired"],
    [{ revoked: true, expired: true }, "revoked"],
  ] as const)
    assert.equal(keyWord(create(KeySchema, over)).word, word);
});

test("dollars are written short, and small amounts not as nothing", () => {
  assert.deepEqual([0, 0.0042, 0.5, 12.5, 1_234].map(dollars), ["$0", "$0.0042", "$0.5", "$12.50", "$1234.00"]);
});
