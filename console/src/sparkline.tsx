import { linePath } from "./course.ts";

const width = 60;
const height = 18;

interface Props {
  readonly values: readonly (number | undefined)[];
  /** For screen readers. */
  readonly label: string;
  readonly kind: "traffic" | "latency" | "errors";
}

/** Draws a course at a glance, from 0 to its own largest value. */
export function Sparkline({ values, label, kind }: Props) {
  const top = Math.max(0, ...values.map((value) => value ?? 0));
  return (
    <svg class={`spark ${kind}`} viewBox={`0 -1 ${width} ${height + 2}`} preserveAspectRatio="none" role="img" aria-label={label}>
      {kind === "errors" ? <path d={barsPath(values, top)} class="bars" /> : <path d={linePath(values, top, width, height)} />}
    </svg>
  );
}

/** Draws errors as bars: they are rare, and a bar is seen where a line's spike is not. */
function barsPath(values: readonly (number | undefined)[], top: number): string {
  const step = width / Math.max(1, values.length);
  return values
    .map((value = 0, index) => {
      if (value <= 0) return "";
      const tall = Math.max(3, (value / top) * height);
      return `M${(index * step).toFixed(1)} ${height}v-${tall.toFixed(1)}h${Math.max(1, step - 0.5).toFixed(1)}v${tall.toFixed(1)}z`;
    })
    .join("");
}
