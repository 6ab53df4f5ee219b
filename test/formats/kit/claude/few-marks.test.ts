import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { JsonMembers, JsonValue } from "../../../../src/core/provider.ts";
import { withFewMarks } from "../../../../src/formats/kit/claude/few-marks.ts";
import { readChat } from "../../../../src/formats/kit/chat/read-chat.ts";

const mark = { cache_control: { type: "ephemeral" } };
const said = (text: string, more: JsonMembers = mark): JsonMembers => ({ type: "text", text, ...more });
const tool = (name: string, more: JsonMembers = mark): JsonMembers => ({ type: "function", function: { name }, ...more });

/** What has a mark after that, and what callers are told. */
function kept(members: JsonMembers, hasToolMarks = true): readonly [readonly string[], readonly string[]] {
  const adjusted = new Set<string>();
  const { tools, conversation } = withFewMarks(readChat(members), hasToolMarks, adjusted);
  const inTools = tools.flatMap((one) =>
    one.kind === "hosted" ? (one.tool["cache_control"] ? [one.type] : []) : one.cache ? [one.name] : [],
  );
  const parts = [...conversation.system, ...conversation.turns.flatMap((turn) => turn.parts)];
  const inParts = parts.flatMap((part) => ("cache" in part && part.cache !== undefined ? ["text" in part ? part.text : part.kind] : []));
  return [[...inTools, ...inParts], [...adjusted]];
}

function chat(system: JsonValue, ...users: readonly JsonMembers[]): JsonMembers {
  return { messages: [{ role: "system", content: system }, ...users.map((part) => ({ role: "user", content: [part] }))] };
}

describe("marks of the cache", () => {
  it("stay as they are up to four", () => {
    const four = { ...chat([said("s")], said("1"), said("2")), tools: [tool("t"), tool("u", {})] };
    assert.deepEqual(kept(four), [["t", "s", "1", "2"], []]);
  });

  it("are the latest four of more, as they are read: tools, instructions, messages", () => {
    const five = { ...chat([said("s")], said("1"), said("2"), said("3", {}), said("4")), tools: [tool("t")] };
    assert.deepEqual(kept(five), [["s", "1", "2", "4"], ["cache_control"]]);
    const seven = {
      ...chat([said("r"), said("s")], said("1"), said("2"), said("3")),
      tools: [tool("t"), { type: "bash_20250124", ...mark }],
    };
    assert.deepEqual(kept(seven), [["s", "1", "2", "3"], ["cache_control"]]);
  });

  it("count with one of the whole request, which is the last of all", () => {
    const five = { ...chat([said("s")], said("1"), said("2"), said("3")), ...mark };
    assert.deepEqual(kept(five), [["1", "2", "3"], ["cache_control"]]);
  });

  it("do not count at tools where these get none", () => {
    const five = { ...chat([said("s")], said("1"), said("2"), said("3")), tools: [tool("t")] };
    assert.deepEqual(kept(five, false), [["t", "s", "1", "2", "3"], []]);
  });

  it("may be those of calls, results and images", () => {
    const messages = [
      { role: "user", content: [said("1"), { type: "image_url", image_url: { url: "https://host.example/a.png" }, ...mark }] },
      { role: "assistant", tool_calls: [{ id: "a", type: "function", function: { name: "f", arguments: "{}" }, ...mark }] },
      { role: "tool", tool_call_id: "a", content: [said("r")] },
      { role: "user", content: [said("2")] },
    ];
    assert.deepEqual(kept({ messages }), [["image", "tool_use", "tool_result", "2"], ["cache_control"]]);
  });
});
