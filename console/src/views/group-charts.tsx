import type { CoursePoint } from "../../../gen/huntgroup/v1/admin_pb.ts";
import { linePath, toLines } from "../course.ts";
import type { Group } from "../fleet.ts";
import { milliseconds, rate, span } from "../format.ts";
import { pure } from "../hooks.ts";
import { roundUp } from "../round-up.ts";

/** People cannot tell more lines than this apart. */
const mostLines = 8;
const width = 400;
const height = 120;

interface Props {
  readonly group: Group;
  readonly course: readonly CoursePoint[];
  readonly courses: ReadonlyMap<string, readonly CoursePoint[]>;
  readonly pointSeconds: number;
}

interface Line {
  readonly label: string;
  readonly values: readonly (number | undefined)[];
}

/** Charts a group's last minutes: where its calls went, how long they took, and what failed. */
export const GroupCharts = pure(({ group, course, courses, pointSeconds }: Props) => {
  const whole = toLines(course, pointSeconds);
  const busiest = group.deployments
    .map((one) => ({ label: one.id, values: toLines(courses.get(one.id) ?? [], pointSeconds) }))
    .toSorted((one, other) => sum(other.values.perSecond) - sum(one.values.perSecond))
    .slice(0, mostLines)
    .toSorted((one, other) => one.label.localeCompare(other.label));
  return (
    <div class="charts">
      <Chart
        title={`Calls in each second by deployment${group.deployments.length > mostLines ? `, the busiest ${mostLines}` : ""}`}
        lines={busiest.map(({ label, values }) => ({ label, values: values.perSecond }))}
        pointSeconds={pointSeconds}
        format={rate}
      />
      <Chart
        title="Time to the first token and to the end"
        lines={[
          { label: "first token", values: whole.firstTokenMs },
          { label: "whole answer", values: whole.totalMs },
        ]}
        pointSeconds={pointSeconds}
        format={milliseconds}
      />
      <Chart
        title="Failures in each second by deployment"
        lines={busiest.map(({ label, values }) => ({ label, values: values.failures.map((count) => count / pointSeconds) }))}
        pointSeconds={pointSeconds}
        format={rate}
      />
    </div>
  );
});

interface ChartProps {
  readonly title: string;
  readonly lines: readonly Line[];
  readonly pointSeconds: number;
  readonly format: (value: number) => string;
}

/** Draws lines from 0 to a round number, with the latest value of each. */
function Chart({ title, lines, pointSeconds, format }: ChartProps) {
  const highest = Math.max(0, ...lines.flatMap((line) => line.values.map((value) => value ?? 0)));
  const top = roundUp(highest) || 1;
  const points = Math.max(0, ...lines.map((line) => line.values.length));
  return (
    <figure>
      <figcaption>{title}</figcaption>
      <div class="plot" aria-hidden="true">
        <span class="scale">
          <span>{format(top)}</span>
          <span>{format(top / 2)}</span>
          <span>0</span>
        </span>
        <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none">
          <path class="grid" d={`M0 .5h${width}M0 ${height / 2}h${width}M0 ${height - 0.5}h${width}`} />
          {lines.map(({ label, values }, index) => (
            <path key={label} class={`line-${index + 1}`} d={linePath(values, top, width, height)} />
          ))}
        </svg>
        <span class="ages">
          <span>{span(points * pointSeconds * 1_000)} ago</span>
          <span>now</span>
        </span>
      </div>
      <ul class="legend">
        {lines.map(({ label, values }, index) => (
          <li key={label} class={`line-${index + 1}`}>
            {label} <b>{latest(values, format)}</b>
          </li>
        ))}
      </ul>
    </figure>
  );
}

function latest(values: readonly (number | undefined)[], format: (value: number) => string): string {
  const value = values.findLast((one) => one !== undefined);
  return value === undefined ? "–" : format(value);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
