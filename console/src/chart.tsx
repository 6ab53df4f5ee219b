import { linePath, type Line } from "./course.ts";
import { span } from "./format.ts";
import { roundUp } from "./round-up.ts";

const width = 400;
const height = 120;

interface ChartProps {
  readonly title: string;
  readonly lines: readonly Line[];
  readonly pointSeconds: number;
  readonly format: (value: number) => string;
}

/** Draws lines from 0 to a round number, with the latest value of each. */
export function Chart({ title, lines, pointSeconds, format }: ChartProps) {
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
        {lines.map(({ label, values, figure }, index) => (
          <li key={label} class={`line-${index + 1}`}>
            {label} <b>{figure ?? latest(values, format)}</b>
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
