/** One attempt of a call, as the access log tells of it. */
interface LoggedAttempt {
  readonly deployment: string;
  readonly outcome: string;
  readonly ms: number;
}

/** What the access log's line of a call tells that calibration learns from. Moments are milliseconds since 1970. */
export interface LoggedCall {
  readonly endAt: number;
  readonly group: string;
  readonly isStream: boolean;
  readonly isGood: boolean;
  readonly totalMs: number;
  /** Undefined where nothing came. */
  readonly firstTokenMs: number | undefined;
  /** Undefined where no tokens are told. */
  readonly promptTokens: number | undefined;
  readonly outputTokens: number | undefined;
  readonly cachedTokens: number;
  readonly session: string | undefined;
  readonly tried: readonly LoggedAttempt[];
  readonly prefixes: readonly string[];
}

/** Longer lines are no access lines. */
export const longestLine = 1_048_576;

/**
 * Reads a line of the log.
 * @returns The call that it tells of; `other` for a line about something else, and `broken` for what is no line of a log.
 */
export function readLoggedCall(line: string): LoggedCall | "other" | "broken" {
  const fields = parsed(line);
  if (fields === undefined) return "broken";
  if (fields["kind"] !== "access") return typeof fields["kind"] === "string" ? "other" : "broken";
  const endAt = momentOf(fields["time"]);
  const totalMs = numberOf(fields["total_ms"]);
  const group = fields["group"];
  if (endAt === undefined || totalMs === undefined || typeof group !== "string") return "broken";
  // A name that leads to no group is no traffic of any.
  if (group === "") return "other";
  const session = fields["session"];
  return {
    endAt,
    group,
    isStream: fields["stream"] === true,
    isGood: fields["outcome"] === "success",
    totalMs,
    firstTokenMs: numberOf(fields["first_token_ms"]),
    promptTokens: numberOf(fields["prompt_tokens"]),
    outputTokens: numberOf(fields["output_tokens"]),
    cachedTokens: numberOf(fields["cached_tokens"]) ?? 0,
    session: typeof session === "string" ? session : undefined,
    tried: attemptsOf(fields, totalMs),
    prefixes: listOf(fields["prefixes"]).filter((one) => typeof one === "string"),
  };
}

type Fields = Readonly<Record<string, unknown>>;

function parsed(line: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
  } catch {
    return undefined;
  }
}

/** A log without attempts (`log_calibration: false`) tells of a call of one attempt all the same. */
function attemptsOf(fields: Fields, totalMs: number): readonly LoggedAttempt[] {
  const tried = listOf(fields["tried"]).flatMap((one): LoggedAttempt[] => {
    if (typeof one !== "object" || one === null) return [];
    const { deployment, outcome, ms } = one as Fields;
    const time = numberOf(ms);
    return typeof deployment === "string" && typeof outcome === "string" && time !== undefined ? [{ deployment, outcome, ms: time }] : [];
  });
  const { deployment, attempts, outcome, code } = fields;
  if (tried.length > 0 || attempts !== 1 || typeof deployment !== "string") return tried;
  const how = outcome === "success" || outcome === "cancelled" ? outcome : String(code);
  return [{ deployment, outcome: how, ms: Math.max(totalMs - (numberOf(fields["queue_ms"]) ?? 0), 0) }];
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : undefined;
}

/** The log's own times are texts by ISO 8601; collectors make numbers of them. */
function momentOf(value: unknown): number | undefined {
  const at = typeof value === "string" ? Date.parse(value) : value;
  return numberOf(at);
}
