import type { CoursePoint } from "../../../gen/huntgroup/v1/admin_pb.ts";
import { Chart } from "../chart.tsx";
import { toLines } from "../course.ts";
import type { Group } from "../fleet.ts";
import { milliseconds, rate } from "../format.ts";
import { pure } from "../hooks.ts";

/** People cannot tell more lines than this apart. */
const mostLines = 8;

interface Props {
  readonly group: Group;
  readonly course: readonly CoursePoint[];
  readonly courses: ReadonlyMap<string, readonly CoursePoint[]>;
  readonly pointSeconds: number;
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

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
