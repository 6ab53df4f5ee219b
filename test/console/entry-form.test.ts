import assert from "node:assert/strict";
import { test } from "node:test";
import { faultsIn, noEntry, toEntry, toEntryForm } from "../../console/src/entry-form.ts";

const whole = {
  model_name: "gpt-4o",
  litellm_params: {
    model: "openai/gpt-4o",
    api_base: "http://127.0.0.1:9/v1",
    api_key: "os.environ/KEY",
    rpm: 60,
    weight: 0.5,
    order: 0,
    timeout: 30,
    tags: ["eu"],
  },
  model_info: { id: "east", mode: "chat" },
};

function entryOf(...args: Parameters<typeof toEntry>): unknown {
  const made = toEntry(...args);
  return "entry" in made ? made.entry : Object.fromEntries(made.faults);
}

test("an entry goes through the form unchanged", () => {
  assert.deepEqual(entryOf(toEntryForm(whole), whole), whole);
  const small = { model_name: "a", litellm_params: { model: "mock/a" } };
  assert.deepEqual(entryOf(toEntryForm(small), undefined), small);
});

test("what is left empty is not there, numbers are numbers, and what is none is the server's to judge", () => {
  const form = { ...noEntry, model_name: " a ", model: "mock/a", rpm: " 5 ", tpm: "many", weight: "", order: "os.environ/ORDER", id: "x" };
  assert.deepEqual(entryOf(form, undefined), {
    model_name: "a",
    litellm_params: { model: "mock/a", rpm: 5, tpm: "many", order: "os.environ/ORDER" },
    model_info: { id: "x" },
  });
});

test("a field wins over the same name in the JSON beside it", () => {
  const form = { ...noEntry, model_name: "a", model: "mock/a", rpm: "5", params: '{"rpm": 9, "timeout": 3}' };
  assert.deepEqual(entryOf(form, undefined), { model_name: "a", litellm_params: { model: "mock/a", rpm: 5, timeout: 3 } });
});

test("what cannot be sent is told at its field", () => {
  const cases: readonly (readonly [Partial<typeof noEntry>, RegExp, keyof typeof noEntry])[] = [
    [{ model_name: " " }, /is missing/, "model_name"],
    [{ model: "" }, /is missing/, "model"],
    [{ params: "{" }, /is no JSON/, "params"],
    [{ params: "[1]" }, /must be a JSON object/, "params"],
    [{ info: "3" }, /must be a JSON object/, "info"],
    [{ params: '{"extra_headers": {"x-key": "***"}}' }, /hidden here/, "params"],
  ];
  for (const [over, wanted, field] of cases) {
    const made = toEntry({ ...noEntry, model_name: "a", model: "mock/a", ...over }, undefined);
    assert.ok("faults" in made);
    assert.deepEqual([...made.faults.keys()], [field]);
    assert.match(made.faults.get(field) ?? "", wanted);
  }
});

test("a secret that the server hides is asked for again, and never sent as its stars", () => {
  const masked = { ...whole, litellm_params: { ...whole.litellm_params, api_key: "***" } };
  const form = toEntryForm(masked);
  assert.equal(form.api_key, "");
  const made = toEntry(form, masked);
  assert.ok("faults" in made);
  assert.deepEqual([...made.faults.keys()], ["api_key"]);
  assert.deepEqual(entryOf({ ...form, api_key: "os.environ/KEY" }, masked), whole);
});

test("a refusal is put at the fields that it speaks of", () => {
  const message = [
    "Nothing was changed: it would not make a valid configuration.",
    "deployment a.b as changed at run time:2:17 entry a.b.model_name: must be a text: the name that callers use",
    '  2 |   "model_name": "",',
    "    |                 ^",
    "deployment a.b as changed at run time:5:12 entry a.b.litellm_params.rpm: must be a whole number ≥ 0",
    "deployment a.b as changed at run time:6:12 entry a.b.litellm_params.timeout: must be a number",
    "deployment a.b as changed at run time:7:12 entry a.b.litellm_params.tags[1]: must be a text",
    "deployment a.b as changed at run time:8:12 entry a.b.model_info.mode: must be one of chat, embedding",
  ].join("\n");
  assert.deepEqual(Object.fromEntries(faultsIn(message)), {
    model_name: "must be a text: the name that callers use",
    rpm: "must be a whole number ≥ 0",
    params: "must be a number; must be a text",
    info: "must be one of chat, embedding",
  });
  const secret = "entry.litellm_params.api_key, entry.litellm_params.extra_headers.x: a secret is not given here. Nothing was changed.";
  assert.deepEqual([...faultsIn(secret).keys()], ["api_key", "params"]);
  assert.deepEqual(Object.fromEntries(faultsIn('entry.model_info.id is "x"; a deployment keeps its id')), {
    id: 'is "x"; a deployment keeps its id',
  });
  const other = 'A deployment has the id "x" already. Nothing was changed.';
  assert.deepEqual(Object.fromEntries(faultsIn(other)), { form: other });
});
