import type { CoursePoint } from "../../gen/huntgroup/v1/admin_pb.ts";

/** A course of points as lines to draw. Points at which nothing was measured are undefined. */
export interface Lines {
  readonly perSecond: readonly number[];
  readonly totalMs: readonly (number | undefined)[];
  readonly firstTokenMs: readonly (number | undefined)[];
  readonly failures: readonly number[];
}

/** One line of a chart. */
export interface Line {
  readonly label: string;
  /** Oldest first. Undefined where nothing was measured. */
  readonly values: readonly (number | undefined)[];
  /** What the legend says of it. Omit it for the latest value. */
  readonly figure?: string;
}

/** The figures beside the lines: the last full point's traffic, the latest latency, and the failures of the whole course. */
export interface Figures {
  readonly perSecond: number | undefined;
  readonly totalMs: number | undefined;
  /** 0 … 1. */
  readonly failureShare: number | undefined;
}

/** Leaves out the last point, which is not over: half a point's traffic looks like a fall. */
function fullPoints(course: readonly CoursePoint[]): readonly CoursePoint[] {
  return course.slice(0, -1);
}

/** Turns a course into lines. */
export function toLines(course: readonly CoursePoint[], pointSeconds: number): Lines {
  const points = fullPoints(course);
  return {
    perSecond: points.map((one) => one.requests / pointSeconds),
    totalMs: points.map((one) => one.totalMs),
    firstTokenMs: points.map((one) => one.firstTokenMs),
    failures: points.map((one) => one.failures),
  };
}

/** Turns a course into figures. */
export function toFigures(course: readonly CoursePoint[], pointSeconds: number): Figures {
  const points = fullPoints(course);
  const requests = course.reduce((sum, one) => sum + one.requests, 0);
  const failures = course.reduce((sum, one) => sum + one.failures, 0);
  const last = points.at(-1);
  return {
    perSecond: last === undefined ? undefined : last.requests / pointSeconds,
    totalMs: course.findLast((one) => one.totalMs !== undefined)?.totalMs,
    failureShare: requests === 0 ? undefined : failures / requests,
  };
}

/**
 * Draws an SVG path through a line's points, in a box of `width` × `height` with 0 at its bottom. The line is interrupted where nothing was measured.
 * @param top The value at the box's top.
 */
export function linePath(values: readonly (number | undefined)[], top: number, width: number, height: number): string {
  const stepX = values.length > 1 ? width / (values.length - 1) : width;
  let path = "";
  let open = false;
  for (const [index, value] of values.entries()) {
    if (value === undefined) {
      open = false;
      continue;
    }
    const y = top > 0 ? height - (Math.min(value, top) / top) * height : height;
    path += `${open ? "L" : "M"}${round(index * stepX)} ${round(y)}`;
    // A single point is drawn as a dash.
    if (!open && values[index + 1] === undefined) path += `h1`;
    open = true;
  }
  return path;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
