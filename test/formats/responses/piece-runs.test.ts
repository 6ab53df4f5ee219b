import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { StreamEvent } from "../../../src/core/provider.ts";
import { ResponseStreamWriter } from "../../../src/formats/responses/caller/stream-writer.ts";
import { RouterError } from "../../../src/core/errors.ts";
import { propertyRuns } from "../../support/property-runs.ts";
import { decodedPieces, nativeSide, responsesCall, testIds } from "./support.ts";

const native = nativeSide();
const call = responsesCall({ stream: true }, { model: "mine" });
const name = "response.output_text.delta";

function piece(delta: string, number: number, item = "msg_1"): string {
  const data = {
    type: name,
    sequence_number: number,
    item_id: item,
    output_index: 0,
    content_index: 0,
    delta,
    obfuscation: "x".repeat(number % 5),
  };
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}

function written(events: readonly StreamEvent[], fault?: RouterError): string {
  const writer = new ResponseStreamWriter(call, testIds);
  writer.begin("d");
  const told = events.map((event) => writer.write(event)?.toString() ?? "").join("");
  return fault === undefined ? told : told + writer.fail(fault).toString();
}

describe("pieces of a response's text", () => {
  it("go on as one event where they came together", () => {
    const pieces = ["a", "b", "c", "d"].map((text, index) => piece(text, index + 8)).join("");
    const events = decodedPieces(native, call, [Buffer.from(pieces)]);
    assert.deepEqual([events.length, events[1]?.parts?.().length], [2, 3]);
    assert.deepEqual(
      events[1]?.parts?.().map(({ data }) => (JSON.parse(data?.toString() ?? "") as { delta: string }).delta),
      ["b", "c", "d"],
    );
  });

  it("are followed by an error that has the next number", () => {
    const events = decodedPieces(native, call, [Buffer.from([5, 6, 7].map((number) => piece("a", number)).join(""))]);
    assert.match(written(events, new RouterError("upstream_malformed", "It broke off.")), /"sequence_number":8/);
  });

  it("come out the same, together or each alone, and are counted the same", () => {
    const texts = fc.array(
      fc.tuple(fc.oneof(fc.string(), fc.constantFrom('"delta":"', '"item_id":"msg_1"', "\\", "\n\n", "ä")), fc.boolean()),
      {
        minLength: 1,
        maxLength: 12,
      },
    );
    fc.assert(
      fc.property(texts, fc.nat(120), fc.integer({ min: 1, max: 400 }), (pieces, first, size) => {
        const all = pieces.map(([text, isOther], index) => piece(text, first + index, isOther ? "msg_2" : "msg_1"));
        const whole = Buffer.from(all.join(""));
        const cut: Buffer[] = [];
        for (let at = 0; at < whole.length; at += size) cut.push(whole.subarray(at, at + size));
        const alone = written(
          decodedPieces(
            native,
            call,
            all.map((one) => Buffer.from(one)),
          ),
        );
        assert.equal(written(decodedPieces(native, call, [whole])), alone);
        assert.equal(written(decodedPieces(native, call, cut)), alone);
        const heard = (chunks: readonly Buffer[]) => {
          const decoder = native.decodeStream(call, {});
          if (decoder instanceof RouterError) throw decoder;
          for (const chunk of chunks) decoder.push(chunk, () => {});
          return { ...decoder.heard };
        };
        const expected = pieces.reduce((sum, [text]) => sum + Buffer.byteLength(JSON.stringify(text)) - 2, 0);
        assert.deepEqual(heard([whole]), { pieces: pieces.length, bytes: expected });
        assert.deepEqual(heard(cut), heard([whole]));
      }),
      propertyRuns(200),
    );
  });
});
