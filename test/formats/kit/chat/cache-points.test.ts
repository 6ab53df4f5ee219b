import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { JsonValue } from "../../../../src/core/provider.ts";
import { readCachePoints, withCachePoints } from "../../../../src/formats/kit/chat/cache-points.ts";

const mark = { type: "ephemeral" };
const request = {
  messages: [
    { role: "system", content: "s" },
    { role: "user", content: "1" },
    { role: "assistant", content: "2" },
    { role: "user", content: "3" },
  ],
  tools: [
    { type: "function", function: { name: "a" } },
    { type: "function", function: { name: "b" } },
  ],
};

const places = (list: JsonValue | undefined): number[] =>
  (list as { cache_control?: unknown }[]).flatMap(({ cache_control: own }, index) => (own === undefined ? [] : [index]));

/** Which messages, and which tools, have a mark after that. */
function marked(points: JsonValue, members: { readonly messages: JsonValue[]; readonly tools: JsonValue[] } = request): number[][] {
  const { messages, tools } = withCachePoints(members, readCachePoints(points));
  return [places(messages), places(tools)];
}

describe("points of the cache", () => {
  it("are the messages of a role, the one at an index, or the last tool", () => {
    const cases: [JsonValue, number[][]][] = [
      [[{ location: "message", role: "system" }], [[0], []]],
      [[{ location: "message", role: "user" }], [[1, 3], []]],
      [[{ location: "message", index: -1 }], [[3], []]],
      [[{ location: "message", index: "-2" }], [[2], []]],
      [[{ location: "message", index: 9 }], [[], []]],
      [[{ location: "tool_config" }], [[], [1]]],
      [
        [
          { location: "message", role: "system" },
          { location: "message", index: 0 },
        ],
        [[0], []],
      ],
      ["system", [[], []]],
      [
        [null, 5, {}],
        [[], []],
      ],
    ];
    for (const [points, expected] of cases) assert.deepEqual(marked(points), expected, JSON.stringify(points));
  });

  it("carry a mark of their own where they have one", () => {
    const control = { type: "ephemeral", ttl: "1h" };
    const { messages } = withCachePoints(request, readCachePoints([{ location: "message", role: "system", control }]));
    assert.deepEqual((messages as JsonValue[])[0], { role: "system", content: "s", cache_control: control });
  });

  it("leave a request with what its caller has marked, and at most four marks", () => {
    const own = [{ type: "text", text: "x", cache_control: mark }];
    const messages = [1, 2, 3].map(() => ({ role: "user", content: own })).concat([{ role: "user", content: [] }]);
    assert.deepEqual(marked([{ location: "message", role: "user" }, { location: "tool_config" }], { ...request, messages }), [[3], []]);
    const five = Array.from({ length: 5 }, () => ({ role: "user", content: "x" }));
    assert.deepEqual(marked([{ location: "message", role: "user" }], { ...request, messages: five }), [[1, 2, 3, 4], []]);
  });
});
