/** One panel of the dashboard, without its number and its place: its position in its row gives these. */
export interface Panel {
  readonly width: number;
  readonly height: number;
  /** What Grafana gets, except `id` and `gridPos`. */
  readonly model: object;
}

/** Units as Grafana names them. */
type Unit = "reqps" | "cps" | "percentunit" | "s" | "short" | "bytes" | "currencyUSD" | "none" | "cores";

interface Query {
  /** PromQL. */
  readonly expr: string;
  readonly legend: string;
}

interface Look {
  readonly unit: Unit;
  /** Shown when the pointer is over the title. */
  readonly about: string;
  readonly stacked?: boolean;
  readonly max?: number;
  /** Colours by the legend's text, where they mean something. */
  readonly colours?: Readonly<Record<string, string>>;
}

/** The data source that the dashboard's first variable names. */
export const datasource = { type: "prometheus", uid: "${DS_PROMETHEUS}" } as const;

/** The same for all panels, so that rows line up. */
const rowHeight = 8;

/** A chart over time with a line for each series. */
export function timeSeries(title: string, width: number, queries: readonly Query[], look: Look): Panel {
  const { unit, about, stacked = false, max, colours = {} } = look;
  return {
    width,
    height: rowHeight,
    model: {
      type: "timeseries",
      title,
      description: about,
      datasource,
      targets: queries.map((query, index) => rangeTarget(query, index)),
      fieldConfig: {
        defaults: {
          unit,
          min: 0,
          ...(max === undefined ? {} : { max }),
          custom: {
            drawStyle: "line",
            lineWidth: 1,
            fillOpacity: stacked ? 30 : 8,
            showPoints: "never",
            spanNulls: false,
            stacking: { mode: stacked ? "normal" : "none", group: "A" },
          },
        },
        overrides: Object.entries(colours).map(([name, colour]) => ({
          matcher: { id: "byName", options: name },
          properties: [{ id: "color", value: { mode: "fixed", fixedColor: colour } }],
        })),
      },
      options: {
        legend: {
          displayMode: "table",
          placement: "right",
          showLegend: true,
          calcs: ["lastNotNull", "max"],
          sortBy: "Max",
          sortDesc: true,
        },
        tooltip: { mode: "multi", sort: "desc" },
      },
    },
  };
}

interface Step {
  readonly color: string;
  /** The value from which the colour counts; null for the first step. */
  readonly value: number | null;
}

interface StatLook {
  readonly unit: Unit;
  readonly about: string;
  /** Colours by value. Omit it for a number without colour. */
  readonly steps?: readonly Step[];
}

/** The present value of one number. */
export function stat(title: string, width: number, expr: string, { unit, about, steps = neutral }: StatLook): Panel {
  return {
    width,
    height: 4,
    model: {
      type: "stat",
      title,
      description: about,
      datasource,
      targets: [{ refId: "A", datasource, expr, instant: true, range: false }],
      fieldConfig: { defaults: { unit, thresholds: { mode: "absolute", steps }, noValue: "–" }, overrides: [] },
      options: {
        colorMode: "value",
        graphMode: "none",
        justifyMode: "auto",
        orientation: "auto",
        reduceOptions: { calcs: ["lastNotNull"], fields: "", values: false },
        textMode: "auto",
      },
    },
  };
}

const neutral: readonly Step[] = [{ color: "text", value: null }];

interface StateLook {
  readonly about: string;
  /** What a value is called, and its colour. */
  readonly states: Readonly<Record<string, { readonly text: string; readonly color: string }>>;
}

/** A bar for each series, coloured by its value. */
export function stateTimeline(title: string, width: number, query: Query, { about, states }: StateLook): Panel {
  return {
    width,
    height: rowHeight,
    model: {
      type: "state-timeline",
      title,
      description: about,
      datasource,
      targets: [rangeTarget(query, 0)],
      fieldConfig: {
        defaults: {
          mappings: [{ type: "value", options: states }],
          custom: { fillOpacity: 70, lineWidth: 0, spanNulls: false },
        },
        overrides: [],
      },
      options: {
        alignValue: "left",
        mergeValues: true,
        rowHeight: 0.9,
        showValue: "never",
        legend: { displayMode: "list", placement: "bottom", showLegend: false },
        tooltip: { mode: "single", sort: "none" },
      },
    },
  };
}

/** One query. Without a title it gives its labels alone, as for a metric whose value is always 1. */
interface Column {
  readonly title?: string;
  readonly expr: string;
  readonly unit?: Unit;
}

/** A line for each set of labels, a column for each label and each titled query. */
export function table(title: string, labels: readonly string[], columns: readonly Column[], about: string): Panel {
  const all = columns.map((column, index) => ({ ...column, refId: refId(index), field: `Value #${refId(index)}` }));
  const shown = all.filter((column) => column.title !== undefined);
  const hidden = all.filter((column) => column.title === undefined);
  return {
    width: 24,
    height: 10,
    model: {
      type: "table",
      title,
      description: about,
      datasource,
      targets: all.map((column) => ({ refId: column.refId, datasource, expr: column.expr, format: "table", instant: true, range: false })),
      transformations: [
        { id: "merge", options: {} },
        {
          id: "organize",
          options: {
            excludeByName: Object.fromEntries(["Time", ...hidden.map((column) => column.field)].map((name) => [name, true])),
            indexByName: Object.fromEntries([...labels, ...shown.map((column) => column.field)].map((name, index) => [name, index])),
            renameByName: Object.fromEntries(shown.map((column) => [column.field, column.title])),
          },
        },
      ],
      fieldConfig: {
        defaults: { custom: { align: "auto", filterable: true } },
        overrides: shown.map((column) => ({
          matcher: { id: "byName", options: column.title },
          properties: [{ id: "unit", value: column.unit }],
        })),
      },
      options: { cellHeight: "sm", showHeader: true, sortBy: [{ displayName: labels[0], desc: false }] },
    },
  };
}

function rangeTarget(query: Query, index: number): object {
  return { refId: refId(index), datasource, expr: query.expr, legendFormat: query.legend, range: true, instant: false };
}

function refId(index: number): string {
  return String.fromCodePoint("A".codePointAt(0)! + index);
}
