import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import exampleStrategy from "../../examples/my-strategy.ts";
import { parseCustomStrategy } from "../../src/strategies/custom-strategy.ts";

const parseConfig = (): undefined => undefined;
const create = (): undefined => undefined;

test("accepts the documented example as it is", () => {
  assert.deepEqual(parseCustomStrategy(exampleStrategy, ["p2c"]), { ok: true, value: exampleStrategy });
});

const refusals: readonly { title: string; exported: unknown; message: RegExp }[] = [
  { title: "no default export", exported: undefined, message: /no default export/ },
  { title: "null", exported: null, message: /must be an object .* not null$/ },
  { title: "a bare function", exported: create, message: /must be an object .* not function$/ },
  { title: "no name", exported: { parseConfig, create }, message: /name must be a string/ },
  { title: "an empty name", exported: { name: "", parseConfig, create }, message: /name must be a string that is not empty/ },
  { title: "a built-in's name", exported: { name: "p2c", parseConfig, create }, message: /"p2c" belongs to a built-in/ },
  {
    title: "no parseConfig",
    exported: { name: "mine", create },
    message: /^parseConfig of strategy "mine" must be a function, not undefined$/,
  },
  { title: "a create that cannot be called", exported: { name: "mine", parseConfig, create: 1 }, message: /^create .* not number$/ },
];

for (const { title, exported, message } of refusals) {
  test(`refuses ${title} and says what is expected`, () => {
    const result = parseCustomStrategy(exported, ["p2c"]);
    assert.ok(!result.ok);
    assert.match(result.error, message);
  });
}

test("never throws, whatever the file exports", () => {
  fc.assert(fc.property(fc.anything(), (exported) => void parseCustomStrategy(exported, [])));
});
