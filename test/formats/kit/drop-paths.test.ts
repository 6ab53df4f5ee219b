import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { JsonValue } from "../../../src/core/provider.ts";
import { readDropPaths, withoutPath } from "../../../src/formats/kit/drop-paths.ts";

function without(value: JsonValue, text: string): JsonValue {
  const [path] = readDropPaths([text]).paths;
  assert.ok(path !== undefined, text);
  return withoutPath(value, path);
}

const tool = (strict: boolean): JsonValue => ({ type: "function", function: { name: "f", strict } });
const bare: JsonValue = { type: "function", function: { name: "f" } };

describe("members deep within a request that are dropped", () => {
  const cases: readonly [string, JsonValue, string, JsonValue][] = [
    ["a member of all items", [tool(true), tool(false)], "tools[*].function.strict", [bare, bare]],
    ["a member of one item", [tool(true), tool(false)], "tools[1].function.strict", [tool(true), bare]],
    ["a member of an object", { type: "json_schema", strict: true }, "response_format.strict", { type: "json_schema" }],
    ["a whole item", ["a", "b"], "stop[0]", ["b"]],
    ["lists within lists", [{ top: [{ x: 1, y: 2 }] }], "logprobs[*].top[*].x", [{ top: [{ y: 2 }] }]],
  ];
  for (const [what, value, path, left] of cases) {
    it(`are ${what}`, () => {
      assert.deepEqual(without(value, path), left);
    });
  }

  it("leave a value as it is that has no such member", () => {
    for (const value of [[bare], {}, null, "x", 3, [], [[tool(true)]]] satisfies JsonValue[]) {
      assert.equal(without(value, "tools[*].function.strict"), value);
    }
    const inherited = { a: 1 };
    assert.equal(without(inherited, "x.toString"), inherited);
  });

  it("are told from whole parameters by how they are written", () => {
    const { names, paths } = readDropPaths(["seed", "tools[*].x", "a..b", "a[", "[0]", "a[-1].b", 3, "b.c"]);
    assert.deepEqual([...names], ["seed", "a..b", "a[", "[0]", "a[-1].b"]);
    assert.deepEqual(
      paths.map(({ parameter, steps }) => [parameter, steps]),
      [
        ["tools", [-1, "x"]],
        ["b", ["c"]],
      ],
    );
  });

  it("change nothing in the value that they are dropped from, whatever it is", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom("a.b", "a[0]", "a[*].b", "a[*][1].c"), (value, path) => {
        const before = JSON.stringify(value);
        without(value as JsonValue, path);
        assert.equal(JSON.stringify(value), before);
      }),
    );
  });
});
