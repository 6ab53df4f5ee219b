/** What an expression of PromQL asks of one metric. */
interface Selector {
  readonly metric: string;
  readonly matchers: readonly Matcher[];
}

export interface Matcher {
  readonly label: string;
  readonly operator: "=" | "!=" | "=~" | "!~";
  readonly value: string;
}

export interface Reading {
  readonly selectors: readonly Selector[];
  /** Labels that are grouped or matched by, outside of selectors. */
  readonly labels: readonly string[];
}

const words = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\[[^\]]*\]|\{[^}]*\}|[A-Za-z_:][\w:]*|\d[\w.]*|\S/g;
const listing = new Set(["by", "without", "on", "ignoring", "group_left", "group_right"]);
const operators = new Set(["and", "or", "unless", "bool", "offset"]);

/**
 * Which metrics and labels an expression names. No parser (promtool is one): it relies on braces and brackets not being nested, as
 * in the expressions of deploy/.
 */
export function readPromql(expr: string): Reading {
  const tokens: readonly string[] = expr.match(words) ?? [];
  const selectors: Selector[] = [];
  const labels: string[] = [];
  for (let index = 0; index < tokens.length; index++) {
    const token = tokens[index] ?? "";
    const next = tokens[index + 1];
    if (listing.has(token)) {
      if (next !== "(") continue;
      const end = tokens.indexOf(")", index);
      labels.push(...tokens.slice(index + 2, end).filter((one) => one !== ","));
      index = end;
    } else if (/^[A-Za-z_:]/.test(token) && !operators.has(token) && next !== "(" && !isBeforeListing(next)) {
      selectors.push({ metric: token, matchers: next?.startsWith("{") === true ? readMatchers(next) : [] });
    }
  }
  return { selectors, labels };
}

/** `sum by (…)`: an aggregation, whose parenthesis comes later. */
function isBeforeListing(next: string | undefined): boolean {
  return next === "by" || next === "without";
}

function readMatchers(braces: string): readonly Matcher[] {
  return [...braces.matchAll(/([A-Za-z_]\w*)\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"/g)].map(([, label = "", operator = "", value = ""]) => ({
    label,
    operator: operator as Matcher["operator"],
    value,
  }));
}
