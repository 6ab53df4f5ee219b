import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { promptMarks } from "../../../src/core/flow/prompt-marks.ts";
import { type JsonText, PiecedText } from "../../../src/lib/json/json-text.ts";
import { scanMembers } from "../../../src/lib/json/json-splice.ts";

const whole = Buffer.from(JSON.stringify({ model: "m", messages: [{ role: "user", content: "a prompt of some length. ".repeat(200) }] }));
const members = scanMembers(whole);

/** A request with these instructions before a long one. */
function asked(system: object[]): JsonText {
  const bytes = Buffer.from(JSON.stringify({ model: "m", system: [...system, { type: "text", text: "be short. ".repeat(200) }] }));
  return { bytes, members: scanMembers(bytes) };
}

function header(version: string): object {
  return { type: "text", text: `x-anthropic-billing-header: cc_version=${version}; cc_entrypoint=cli;` };
}

describe("marks of a prompt", () => {
  it("are the same in however many pieces it came", () => {
    const marks = promptMarks({ bytes: whole, members });
    assert.ok(marks.length > 5);
    for (const size of [1, 3, 700, 4_096]) {
      const pieces = Array.from({ length: Math.ceil(whole.length / size) }, (_none, index) =>
        whole.subarray(index * size, (index + 1) * size),
      );
      assert.deepEqual(promptMarks(new PiecedText(pieces, members)), marks, `pieces of ${size} bytes`);
    }
  });

  it("do not put a text together that came in pieces", () => {
    const text: JsonText = {
      pieces: [whole.subarray(0, 1_000), whole.subarray(1_000)],
      members,
      get bytes(): Buffer {
        throw new Error("a copy of all of it");
      },
    };
    assert.deepEqual(promptMarks(text), promptMarks({ bytes: whole, members }));
  });

  it("do not tell requests of agents apart by who pays", () => {
    const marks = promptMarks(asked([header("1")]));
    assert.ok(marks.length > 1);
    assert.deepEqual(promptMarks(asked([header("22")])), marks);
    assert.notDeepEqual(promptMarks(asked([{ type: "text", text: "another instruction" }])), marks);
  });
});
