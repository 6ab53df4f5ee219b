/** A line of a plot. NaN leaves a gap. */
export interface PlotLine {
  readonly title: string;
  /** An index of the page's colours. */
  readonly colour: number;
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** A stretch of a plot that is marked. */
export interface PlotMark {
  readonly label: string;
  readonly from: number;
  readonly to: number;
}

/** A plot of lines. */
export interface Plot {
  readonly title: string;
  readonly xTitle: string;
  readonly lines: readonly PlotLine[];
  readonly marks: readonly PlotMark[];
  /** Whether the x axis is by powers of ten. */
  readonly isLog?: boolean;
  /** Whether each line stands on the ones before it, filled. */
  readonly isStacked?: boolean;
  readonly xRange: readonly [number, number];
  /** The highest y; by default what the lines need. */
  readonly yMost?: number;
}

const size = { width: 560, height: 220, left: 52, right: 10, top: 8, bottom: 34 };
const ticks = 5;

/** Draws a plot as one SVG element, with its title, in the page's colours. */
export function drawPlot(plot: Plot): string {
  const { lines, marks, xRange, isStacked = false } = plot;
  const stacked = isStacked ? stack(lines) : lines;
  const heights = stacked.flatMap(({ points }) => points.map(([, y]) => y)).filter((y) => Number.isFinite(y));
  const most = plot.yMost ?? niceAbove(heights.reduce((highest, y) => Math.max(highest, y), 0));
  const x = scale(xRange, [size.left, size.width - size.right], plot.isLog === true);
  const y = scale([0, most], [size.height - size.bottom, size.top], false);
  const parts = [
    ...Array.from({ length: ticks }, (_none, index) => yTick((most * index) / (ticks - 1), y)),
    ...xTicks(plot).map((value) => xTick(value, x)),
    ...marks.map(({ label, from, to }) => {
      const [left, right] = [x(from), Math.max(x(Math.min(to, xRange[1])), x(from) + 2)];
      const height = size.height - size.bottom - size.top;
      return `<rect class="fault" x="${n(left)}" y="${size.top}" width="${n(right - left)}" height="${height}"><title>${escapeHtml(label)}</title></rect>`;
    }),
    // The highest of a stack is drawn first, and the others cover its lower part.
    ...(isStacked ? stacked.toReversed() : stacked).map((line) => drawLine(line, x, y, isStacked)),
  ];
  const label = `<text class="axis" x="${size.width / 2}" y="${size.height - 4}" text-anchor="middle">${escapeHtml(plot.xTitle)}</text>`;
  const svg = `<svg viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="${escapeHtml(plot.title)}">${parts.join("")}${label}</svg>`;
  return `<figure><figcaption>${escapeHtml(plot.title)}</figcaption>${svg}${legend(lines)}</figure>`;
}

/** Writes a text so that it stands for itself in HTML. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}

function drawLine({ title, colour, points }: PlotLine, x: Scale, y: Scale, isFilled: boolean): string {
  let path = "";
  let isDown = false;
  for (const [atX, atY] of points) {
    if (Number.isFinite(atY)) path += `${isDown ? "L" : "M"}${n(x(atX))} ${n(y(atY))}`;
    isDown = Number.isFinite(atY);
  }
  if (path === "") return "";
  const closed = isFilled ? `${path}L${n(x(points.at(-1)?.[0] ?? 0))} ${n(y(0))}L${n(x(points[0]?.[0] ?? 0))} ${n(y(0))}Z` : path;
  return `<path class="${isFilled ? "area" : "line"} c${colour}" d="${closed}"><title>${escapeHtml(title)}</title></path>`;
}

function legend(lines: readonly PlotLine[]): string {
  return `<ul class="legend">${lines.map(({ title, colour }) => `<li><i class="c${colour}"></i>${escapeHtml(title)}</li>`).join("")}</ul>`;
}

function stack(lines: readonly PlotLine[]): readonly PlotLine[] {
  const sums: number[] = [];
  return lines.map((line) => ({
    ...line,
    points: line.points.map(([x, y], index) => {
      const sum = (sums[index] ?? 0) + (Number.isFinite(y) ? y : 0);
      sums[index] = sum;
      return [x, sum] as const;
    }),
  }));
}

type Scale = (value: number) => number;

function scale([from, to]: readonly [number, number], [low, high]: readonly [number, number], isLog: boolean): Scale {
  const of = (value: number): number => (isLog ? Math.log(Math.max(value, 1e-9)) : value);
  const width = of(to) - of(from) || 1;
  return (value) => low + ((of(value) - of(from)) / width) * (high - low);
}

function yTick(value: number, y: Scale): string {
  const at = n(y(value));
  return `<line class="grid" x1="${size.left}" x2="${size.width - size.right}" y1="${at}" y2="${at}"/><text class="axis" x="${size.left - 5}" y="${at}" text-anchor="end" dominant-baseline="middle">${short(value)}</text>`;
}

function xTick(value: number, x: Scale): string {
  return `<text class="axis" x="${n(x(value))}" y="${size.height - size.bottom + 14}" text-anchor="middle">${short(value)}</text>`;
}

function xTicks({ xRange: [from, to], isLog }: Plot): readonly number[] {
  if (isLog !== true) return Array.from({ length: ticks }, (_none, index) => from + ((to - from) * index) / (ticks - 1));
  const powers: number[] = [];
  for (let power = 10 ** Math.ceil(Math.log10(from)); power <= to; power *= 10) powers.push(power);
  return powers;
}

/** The next of 1, 2, 5, 10, 20, … */
function niceAbove(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= value) ?? value;
}

function short(value: number): string {
  if (value >= 10_000) return `${Number((value / 1_000).toFixed(1))}k`;
  return String(Number(value.toFixed(value < 10 ? 2 : 0)));
}

function n(value: number): string {
  return String(Number(value.toFixed(1)));
}
