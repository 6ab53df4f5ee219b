import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { readTraceParent, traceHeaders } from "../../../src/telemetry/traces/trace-parent.ts";

const trace = "4bf92f3577b34da6a3ce929d0e0e4736";
const span = "00f067aa0ba902b7";

const cases: readonly (readonly [name: string, traceparent: string, isTaken: boolean])[] = [
  ["the standard's example", `00-${trace}-${span}-01`, true],
  ["one that is not recorded", `00-${trace}-${span}-00`, true],
  ["a later version with more behind it", `01-${trace}-${span}-01-what-else`, true],
  ["a version that is forbidden", `ff-${trace}-${span}-01`, false],
  ["version 00 with more behind it", `00-${trace}-${span}-01-x`, false],
  ["capital letters", `00-${trace.toUpperCase()}-${span}-01`, false],
  ["a trace id of zeros", `00-${"0".repeat(32)}-${span}-01`, false],
  ["a span id of zeros", `00-${trace}-${"0".repeat(16)}-01`, false],
  ["a trace id that is too short", `00-${trace.slice(1)}-${span}-01`, false],
  ["nothing", "", false],
  ["two of them", `00-${trace}-${span}-01, 00-${trace}-${span}-01`, false],
];

function hex(length: number): fc.Arbitrary<string> {
  return fc.string({ unit: fc.constantFrom(..."0123456789abcdef".split("")), minLength: length, maxLength: length });
}

for (const [name, traceparent, isTaken] of cases) {
  test(`${name} is ${isTaken ? "taken" : "ignored"}`, () => {
    assert.equal(readTraceParent({ traceparent, tracestate: undefined }) !== undefined, isTaken);
  });
}

test("whatever a caller sends, it is read or ignored; what is read goes on as it came", () => {
  fc.assert(
    fc.property(fc.string(), fc.option(fc.string(), { nil: undefined }), (traceparent, tracestate) => {
      assert.equal(readTraceParent({ traceparent, tracestate }), undefined);
    }),
  );
  fc.assert(
    fc.property(hex(31), hex(15), hex(2), fc.string(), (traceId, spanId, flags, tracestate) => {
      const traceparent = `00-1${traceId}-1${spanId}-${flags}`;
      const read = readTraceParent({ traceparent, tracestate });
      assert.ok(read);
      assert.equal(traceHeaders(read)["traceparent"], traceparent);
    }),
  );
});

test("the state of other tracers goes on too, where it is well formed", () => {
  const read = readTraceParent({ traceparent: `00-${trace}-${span}-01`, tracestate: "vendor=a,other=b" });
  assert.ok(read);
  assert.equal(traceHeaders(read)["tracestate"], "vendor=a,other=b");
});
