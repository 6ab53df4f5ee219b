import type { CoursePoint } from "../../gen/huntgroup/v1/admin_pb.ts";
import { toFigures, toLines } from "./course.ts";
import { milliseconds, percent, rate } from "./format.ts";
import { pure } from "./hooks.ts";
import { Sparkline } from "./sparkline.tsx";

interface Props {
  /** Whose course it is, for screen readers. */
  readonly of: string;
  /** Undefined when the server keeps none. */
  readonly course: readonly CoursePoint[] | undefined;
  readonly pointSeconds: number;
}

/** Draws traffic, latency and errors: a line and a figure each. */
export const CourseCells = pure(({ of, course, pointSeconds }: Props) => {
  if (course === undefined) return null;
  const lines = toLines(course, pointSeconds);
  const figures = toFigures(course, pointSeconds);
  const minutes = Math.max(1, Math.round((course.length * pointSeconds) / 60));
  return (
    <div class="courses">
      <span title={`Calls in each second, the last ${minutes} min`}>
        <Sparkline kind="traffic" values={lines.perSecond} label={`Traffic of ${of}`} />
        <b>{rate(figures.perSecond)}</b>
      </span>
      <span title={`Time to the whole answer, the last ${minutes} min`}>
        <Sparkline kind="latency" values={lines.totalMs} label={`Latency of ${of}`} />
        <b>{milliseconds(figures.totalMs)}</b>
      </span>
      <span title={`Failures, the last ${minutes} min`}>
        <Sparkline kind="errors" values={lines.failures} label={`Errors of ${of}`} />
        <b>{percent(figures.failureShare)}</b>
      </span>
    </div>
  );
});
