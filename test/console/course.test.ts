import { create } from "@bufbuild/protobuf";
import assert from "node:assert/strict";
import { test } from "node:test";
import { linePath, toFigures, toLines } from "../../console/src/course.ts";
import { CoursePointSchema } from "../../gen/huntgroup/v1/admin_pb.ts";

const course = [
  create(CoursePointSchema, { requests: 10, failures: 1, totalMs: 200, firstTokenMs: 50 }),
  create(CoursePointSchema, { requests: 0, failures: 0 }),
  create(CoursePointSchema, { requests: 20, failures: 1, totalMs: 300, firstTokenMs: 60 }),
  // Under way.
  create(CoursePointSchema, { requests: 2, failures: 2 }),
];

test("lines leave out the point that is under way, which would look like a fall", () => {
  assert.deepEqual(toLines(course, 5), {
    perSecond: [2, 0, 4],
    totalMs: [200, undefined, 300],
    firstTokenMs: [50, undefined, 60],
    failures: [1, 0, 1],
  });
});

test("figures are the last full point's traffic, the latest latency and the whole course's failures", () => {
  assert.deepEqual(toFigures(course, 5), { perSecond: 4, totalMs: 300, failureShare: 4 / 32 });
});

test("a course without calls has no latency and no failure rate", () => {
  assert.deepEqual(toFigures([create(CoursePointSchema, {}), create(CoursePointSchema, {})], 5), {
    perSecond: 0,
    totalMs: undefined,
    failureShare: undefined,
  });
  assert.deepEqual(toFigures([], 5), { perSecond: undefined, totalMs: undefined, failureShare: undefined });
});

test("a path has zero at the bottom, and a gap where nothing was measured", () => {
  assert.equal(linePath([0, 5, 10], 10, 100, 20), "M0 20L50 10L100 0");
  assert.equal(linePath([10, undefined, 5, 5], 10, 90, 20), "M0 0h1M60 10L90 10");
  assert.equal(linePath([0, 0], 0, 10, 20), "M0 20L10 20");
  assert.equal(linePath([], 1, 10, 20), "");
});
