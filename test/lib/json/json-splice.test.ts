import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { PiecedText } from "../../../src/lib/json/json-text.ts";
import { locateMembers, scanMembers, scanObject, spliceObject, type ObjectEdit } from "../../../src/lib/json/json-splice.ts";

function toMap(values: object | undefined): ReadonlyMap<string, Buffer> | undefined {
  return values && new Map(Object.entries(values).map(([key, value]) => [key, Buffer.from(JSON.stringify(value))]));
}

function splice(json: string, edit: { set?: object; defaults?: object; remove?: readonly string[] }): string {
  const bytes = Buffer.from(json);
  const spec: ObjectEdit = { set: toMap(edit.set), defaults: toMap(edit.defaults), remove: edit.remove && new Set(edit.remove) };
  return Buffer.concat(spliceObject({ bytes, members: scanMembers(bytes) }, spec)).toString();
}

const keys = fc.constantFrom("model", "temperature", "a", "b", "ключ", 'quo"te', "back\\slash", "__proto__", "");
const json = fc.jsonValue({ maxDepth: 3, stringUnit: "binary" });
const space = fc.stringMatching(/^[ \t\r\n]{0,3}$/);
/** Objects with duplicates, odd spacing and escaped keys, as text. */
const objectText = fc
  .tuple(fc.array(fc.tuple(keys, json, fc.boolean(), space, space, space, space), { maxLength: 8 }), space, space)
  .map(([members, before, after]) => {
    const written = members.map(([key, value, escaped, a, b, c, d]) => {
      const name = escaped
        ? `"${key
            .split("")
            .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
            .join("")}"`
        : JSON.stringify(key);
      return `${a}${name}${b}:${c}${JSON.stringify(value, null, value === null ? undefined : 1)}${d}`;
    });
    return `${before}{${written.join(",")}${written.length === 0 ? after : ""}}${after}`;
  });

/** Own properties only, `__proto__` included. */
function entries(value: unknown): Map<string, unknown> {
  return new Map(Object.entries(value as object));
}

describe("scanMembers", () => {
  it("finds the members that JSON.parse finds, at the places where they stand", () => {
    fc.assert(
      fc.property(objectText, (text) => {
        const bytes = Buffer.from(text);
        const found = new Map(
          scanMembers(bytes).map((m) => [m.key, JSON.parse(bytes.toString("utf8", m.valueStart, m.valueEnd)) as unknown]),
        );
        assert.deepEqual(found, entries(JSON.parse(text)));
        for (const member of scanMembers(bytes)) assert.equal(bytes[member.keyStart], 0x22);
      }),
    );
  });

  it("sees the ends of long strings whatever backslashes and quotes they hold", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom("\\", '"', "x".repeat(30), "é", "\n"), { maxLength: 40 }), (parts) => {
        const bytes = Buffer.from(JSON.stringify({ first: parts.join(""), second: 1 }));
        assert.deepEqual(
          scanMembers(bytes).map((member) => member.key),
          ["first", "second"],
        );
      }),
    );
  });

  it("walks nesting of any depth", () => {
    const deep = `{"a":${"[".repeat(200_000)}${"]".repeat(200_000)},"b":1}`;
    assert.equal(scanMembers(Buffer.from(deep)).length, 2);
  });
});

describe("scanObject", () => {
  it("refuses an object that was cut short anywhere", () => {
    const whole = ' {"a": "x\\"y", "b": [1, {"c": "]"}], "d": 1.5e3} ';
    assert.equal(scanObject(Buffer.from(whole))?.length, 3);
    for (let length = 0; length < whole.lastIndexOf("}") + 1; length++) {
      assert.equal(scanObject(Buffer.from(whole.slice(0, length))), undefined, whole.slice(0, length));
    }
  });

  it("refuses what is not an object", () => {
    for (const text of ["", "[]", "null", '"x"', "<html>", '{"a":1} x', "{a:1}"])
      assert.equal(scanObject(Buffer.from(text)), undefined, text);
  });
});

describe("spliceObject", () => {
  it("does to the text what an edit of the parsed object does", () => {
    const edits = fc.record({
      set: fc.dictionary(keys, json, { maxKeys: 3, noNullPrototype: true }),
      defaults: fc.dictionary(keys, json, { maxKeys: 3, noNullPrototype: true }),
      remove: fc.array(keys, { maxLength: 3 }),
    });
    fc.assert(
      fc.property(objectText, edits, (text, edit) => {
        const expected = entries(JSON.parse(text));
        for (const key of edit.remove) expected.delete(key);
        for (const [key, value] of Object.entries(edit.set)) expected.set(key, JSON.parse(JSON.stringify(value)));
        for (const [key, value] of Object.entries(edit.defaults))
          if (!expected.has(key)) expected.set(key, JSON.parse(JSON.stringify(value)));
        assert.deepEqual(entries(JSON.parse(splice(text, edit))), expected);
      }),
      { numRuns: 300 },
    );
  });

  it("leaves every other byte as it was", () => {
    const cases: [string, Parameters<typeof splice>[1], string][] = [
      [
        '{ "n" : 12345678901234567890 ,"model":"a", "x":1.50e+2 }',
        { set: { model: "b" } },
        '{ "n" : 12345678901234567890 ,"model":"b", "x":1.50e+2 }',
      ],
      ['{"a":1, "b":2, "c":3}', { remove: ["b"] }, '{"a":1, "c":3}'],
      ['{"a":1, "b":2 }', { remove: ["b"] }, '{"a":1 }'],
      ['{ "a":1, "b":2 }', { remove: ["a", "b"] }, "{  }"],
      ["{ }", { set: { a: 1 } }, '{"a":1 }'],
      ['{"a":1 }', { defaults: { a: 2, b: 3 } }, '{"a":1,"b":3 }'],
      ['{"a":1, "b":2 }', { remove: ["b"], defaults: { b: 3 } }, '{"a":1,"b":3 }'],
      ['{"a":1,"a":2}', { set: { a: 3 } }, '{"a":3,"a":3}'],
      ['{"mod\\u0065l":"a"}', { set: { model: "b" } }, '{"mod\\u0065l":"b"}'],
    ];
    for (const [text, edit, expected] of cases) assert.equal(splice(text, edit), expected);
  });

  it("does not copy what it leaves alone", () => {
    const text = `{"model":"a","messages":"${"x".repeat(1_000)}"}`;
    const bytes = Buffer.from(new ArrayBuffer(text.length));
    bytes.write(text);
    const pieces = spliceObject({ bytes, members: scanMembers(bytes) }, { set: new Map([["model", Buffer.from('"b"')]]) });
    assert.deepEqual(
      pieces.map((piece) => piece.buffer === bytes.buffer),
      [true, false, true],
    );
  });
});

describe("spliceObject of a text in pieces", () => {
  it("gives what it gives of the whole, wherever it is cut, and does not put it together", () => {
    const edit = fc.record({
      set: fc.constantFrom(undefined, toMap({ model: "x" }), toMap({ c: 1, a: 2 })),
      defaults: fc.constantFrom(undefined, toMap({ temperature: 1, b: [] })),
      remove: fc.constantFrom(undefined, new Set(["a", "temperature"])),
    });
    fc.assert(
      fc.property(objectText, edit, fc.array(fc.nat(), { maxLength: 5 }), (text, edit, cuts) => {
        const bytes = Buffer.from(text);
        const members = scanMembers(bytes);
        const places = cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b);
        const pieces = [0, ...places].map((from, index) => bytes.subarray(from, places[index] ?? bytes.length));
        const pieced = new PiecedText(pieces, members);
        const spliced = spliceObject(pieced, edit);
        assert.equal(Buffer.concat(spliced).toString(), Buffer.concat(spliceObject({ bytes, members }, edit)).toString());
        // Views of what was there.
        assert.ok(spliced.some((piece) => piece.buffer === bytes.buffer));
        assert.equal(pieced.bytes.toString(), text);
      }),
    );
  });
});

describe("locateMembers", () => {
  it("finds the same values as a parser, the last of duplicates included", () => {
    const wanted = ["model", "ключ", 'quo"te', "__proto__", ""];
    fc.assert(
      fc.property(objectText, (text) => {
        const bytes = Buffer.from(text);
        const spans = new Int32Array(wanted.length * 2);
        assert.notEqual(locateMembers(bytes, wanted, spans), -1);
        const parsed = entries(JSON.parse(text));
        for (const [index, key] of wanted.entries()) {
          const [start, end] = spans.subarray(index * 2);
          if (start === -1) assert.ok(!parsed.has(key));
          else assert.deepEqual(JSON.parse(bytes.toString("utf8", start, end)), parsed.get(key));
        }
      }),
    );
  });

  it("does not look further in, and forgets what it found before", () => {
    const spans = new Int32Array(2);
    assert.equal(locateMembers(Buffer.from('{"model":1}'), ["model"], spans), 0);
    assert.deepEqual([...spans], [9, 10]);
    assert.equal(locateMembers(Buffer.from('{"a":{"model":1},"b":[{"model":2}],"model2":3,"mode":4}'), ["model"], spans), 0);
    assert.deepEqual([...spans], [-1, -1]);
  });

  it("says when the text is not one whole object", () => {
    for (const text of ["", "[]", '{"a":1', '{"a":"', '{"a" 1}', "{} x"])
      assert.equal(locateMembers(Buffer.from(text), ["a"], new Int32Array(2)), -1, text);
  });

  it("looks at each piece a few times, however many members there are, and sends few pieces", () => {
    const text = `{"a":0${',"tags":"","a":1'.repeat(4_000)}}`;
    const bytes = Buffer.from(text);
    const pieces = Array.from({ length: Math.ceil(bytes.length / 16) }, (_, index) => bytes.subarray(index * 16, index * 16 + 16));
    let looks = 0;
    const counted = new Proxy(pieces, {
      get(target, key, receiver): unknown {
        if (typeof key === "string" && /^\d+$/.test(key)) looks++;
        return Reflect.get(target, key, receiver);
      },
    });
    const members = scanMembers(bytes);
    const spliced = spliceObject(
      { bytes, pieces: counted, members },
      { set: new Map([["a", Buffer.from("2")]]), remove: new Set(["tags"]) },
    );
    assert.equal(Buffer.concat(spliced).toString(), `{"a":2${',"a":2'.repeat(4_000)}}`);
    assert.ok(looks <= 3 * (pieces.length + members.length), `${looks} looks`);
    assert.ok(spliced.length <= 256);
  });
});
