import type { RunSeries } from "../run-series.ts";
import { type Compared, type Figure, type Measure, measures, showValue } from "./compare-runs.ts";
import type { ReportHead } from "./report-json.ts";
import { drawPlot, escapeHtml, type Plot, type PlotLine, type PlotMark } from "./svg.ts";

const colours = 12;
/** Deployments that have a colour of their own in a plot of shares; the others share one. */
const mostShown = colours - 1;

const style = `
:root { color-scheme: light dark; --page: #fff; --text: #1c1e21; --dim: #667; --grid: #dde; --fault: #d9333322; }
@media (prefers-color-scheme: dark) { :root { --page: #14161a; --text: #e6e8eb; --dim: #99a; --grid: #333844; --fault: #ff666633; } }
body { margin: 0 auto; padding: 1.5rem; max-width: 76rem; background: var(--page); color: var(--text); font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
.dim, figcaption span { color: var(--dim); }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(30rem, 100%), 1fr)); gap: 1rem; }
figure { margin: 0; } figcaption { font-weight: 600; } svg { width: 100%; height: auto; display: block; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .6rem; border-bottom: 1px solid var(--grid); text-align: right; white-space: nowrap; }
th:first-child { text-align: left; } td small { color: var(--dim); display: block; }
.line { fill: none; stroke: var(--c); stroke-width: 1.6; } .area { fill: var(--c); stroke: none; }
.grid { stroke: var(--grid); } .axis { fill: var(--dim); font-size: 11px; } .fault { fill: var(--fault); }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: .1rem .9rem; padding: 0; margin: .2rem 0 0; font-size: 12px; }
.legend i { display: inline-block; width: .8em; height: .8em; margin-right: .35em; background: var(--c); border-radius: 2px; }
${Array.from({ length: colours }, (_none, index) => `.c${index} { --c: hsl(${(index * 137) % 360} 62% ${index % 2 === 0 ? 48 : 60}%); }`).join("\n")}
`;

/** The comparison as one page: figures and plots, without scripts, and nothing from elsewhere. */
export function reportHtml(head: ReportHead, compared: readonly Compared[]): string {
  const title = `How ${head.configFile} routes`;
  const what = [
    `${head.durationMs / 1_000} s of virtual time`,
    `seeds ${head.seeds.join(", ")}`,
    `good: a first token within ${head.good.firstMs / 1_000} s and the rest at ${head.good.tokenMs} ms a token or faster`,
    head.scenarioFile === undefined ? "without a scenario" : `scenario ${head.scenarioFile}`,
  ];
  const faults = head.faults.map(
    ({ label, atMs, forMs }) =>
      `<li>${escapeHtml(label)}, from ${atMs / 1_000} s ${forMs === undefined ? "on" : `for ${forMs / 1_000} s`}</li>`,
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeHtml(title)}</title><style>${style}</style></head>
<body><h1>${escapeHtml(title)}</h1><p class="dim">${escapeHtml(what.join("; "))}</p>
${head.notes.map((note) => `<p>Note: ${escapeHtml(note)}.</p>`).join("\n")}
<h2>Strategies side by side</h2><p class="dim">Mean over the seeds, and from the lowest to the highest.</p><div class="scroll">${figuresTable(head, compared)}</div>
${faults.length === 0 ? "" : `<h2>Faults</h2><p class="dim">Marked in the plots.</p><ul>${faults.join("")}</ul>`}
<h2>Over time</h2><p class="dim">Of the first seed, by the moment at which calls came.</p><div class="plots">${overTime(head, compared)}</div>
<h2>Distributions</h2><p class="dim">Of the first seed: how many of the calls took less, in %.</p><div class="plots">${distributions(head, compared)}</div>
<h2>Who answered</h2><p class="dim">Of the first seed: calls by the deployment that answered, of those that came at each moment.</p><div class="plots">${shares(head, compared)}</div>
</body></html>
`;
}

function figuresTable(head: ReportHead, compared: readonly Compared[]): string {
  const rows = [
    ...measures.map(({ key, title, unit }) =>
      row(unit === "" || unit === "$" ? title : `${title}, ${unit}`, unit, compared, (one) => one.figures.get(key)),
    ),
    row("regret to oracle, points", "%", compared, ({ regretToOracle }) => regretToOracle),
    row("regret to best, points", "%", compared, ({ regretToBest }) => regretToBest),
  ];
  const names = compared.map((one) => `<th scope="col">${escapeHtml(nameOf(head, one))}</th>`);
  return `<table><thead><tr><th scope="col">measure</th>${names.join("")}</tr></thead><tbody>${rows.join("")}</tbody></table>`;
}

function row(title: string, unit: Measure["unit"], compared: readonly Compared[], of: (one: Compared) => Figure | undefined): string {
  const cells = compared.map((one) => {
    const figure = of(one);
    if (figure === undefined) return "<td></td>";
    const [mean, lowest, highest] = [figure.mean, figure.lowest, figure.highest].map((value) => showValue(value, unit));
    return `<td>${mean}${lowest === highest ? "" : `<small>${lowest} … ${highest}</small>`}</td>`;
  });
  return `<tr><th scope="row">${escapeHtml(title)}</th>${cells.join("")}</tr>`;
}

type OverTime = readonly [title: string, of: (series: RunSeries) => readonly number[], yMost?: number];

const timePlots: readonly OverTime[] = [
  ["Good answers, %", ({ goodput }) => goodput, 100],
  ["Until the first token, p99, ms", ({ firstP99 }) => firstP99],
  ["Until the first token, p50, ms", ({ firstP50 }) => firstP50],
  ["Calls that wait for their first token", ({ waiting }) => waiting],
  ["Calls under way", ({ underWay }) => underWay],
  ["Calls that came", ({ arrived }) => arrived],
];

function overTime(head: ReportHead, compared: readonly Compared[]): string {
  return timePlots
    .map(([title, of, yMost]) =>
      drawPlot({
        ...timeAxis(head),
        title,
        ...(yMost === undefined ? {} : { yMost }),
        lines: linesOf(head, compared, (series) => of(series).map((value, piece) => [atOf(series, piece), value])),
      }),
    )
    .join("");
}

function distributions(head: ReportHead, compared: readonly Compared[]): string {
  const plot = (title: string, of: (series: RunSeries) => readonly number[]): string =>
    drawPlot({
      title,
      xTitle: "milliseconds",
      isLog: true,
      xRange: [10, 600_000],
      yMost: 100,
      marks: [],
      lines: linesOf(head, compared, (series) => cumulated(series.bins, of(series))),
    });
  return plot("Until the first token", ({ firstCounts }) => firstCounts) + plot("Until the end", ({ totalCounts }) => totalCounts);
}

function cumulated(bins: readonly number[], counts: readonly number[]): PlotLine["points"] {
  const whole = counts.reduce((sum, count) => sum + count, 0);
  let sum = 0;
  return bins.map((bin, index) => {
    sum += counts[index] ?? 0;
    return [bin, whole === 0 ? Number.NaN : (100 * sum) / whole];
  });
}

function shares(head: ReportHead, compared: readonly Compared[]): string {
  const ids = [...new Set(compared.flatMap(({ shares: own }) => [...own.keys()]))].toSorted();
  const shown = ids.length <= colours ? ids : ids.slice(0, mostShown);
  return compared
    .map((one) => {
      const series = one.runs[0]?.series;
      if (series === undefined) return "";
      const lines = shown.map((id, colour) => ({ title: id, colour, points: pointsOf(series, series.answered.get(id) ?? []) }));
      const rest = [...series.answered].filter(([id]) => !shown.includes(id)).map(([, counts]) => counts);
      const others = series.arrived.map((_count, piece) => rest.reduce((sum, counts) => sum + (counts[piece] ?? 0), 0));
      if (shown.length < ids.length)
        lines.push({ title: `${ids.length - shown.length} others`, colour: mostShown, points: pointsOf(series, others) });
      return drawPlot({ ...timeAxis(head), title: nameOf(head, one), isStacked: true, lines });
    })
    .join("");
}

function pointsOf(series: RunSeries, counts: readonly number[]): PlotLine["points"] {
  return series.arrived.map((_count, piece) => [atOf(series, piece), counts[piece] ?? 0]);
}

function linesOf(head: ReportHead, compared: readonly Compared[], of: (series: RunSeries) => PlotLine["points"]): readonly PlotLine[] {
  return compared.flatMap((one, index) => {
    const series = one.runs[0]?.series;
    return series === undefined ? [] : [{ title: nameOf(head, one), colour: index % colours, points: of(series) }];
  });
}

function timeAxis({ durationMs, faults }: ReportHead): Pick<Plot, "xTitle" | "xRange" | "marks"> {
  const marks = faults.map(({ label, atMs, forMs }): PlotMark => ({
    label,
    from: atMs / 1_000,
    to: (forMs === undefined ? durationMs : atMs + forMs) / 1_000,
  }));
  return { xTitle: "seconds", xRange: [0, durationMs / 1_000], marks };
}

/** The middle of a piece of time, in seconds. */
function atOf({ bucketMs }: RunSeries, piece: number): number {
  return ((piece + 0.5) * bucketMs) / 1_000;
}

function nameOf({ titles }: ReportHead, { strategy }: Compared): string {
  return titles.get(strategy) ?? strategy;
}
