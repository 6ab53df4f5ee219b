import type { Calibration } from "./calibrate.ts";
import type { LearnedFigure } from "./figure.ts";
import type { LearnedDeployment, LearnedProvider, LearnedReplica } from "./fit-deployment.ts";
import type { LearnedTraffic, Sizes } from "./fit-traffic.ts";

/** A log-normal distribution's 99th percentile is at most so many times its mean: see `world/distribution.ts`. */
const highestSpread = 14.9;
/** Above this, foretold durations say that the figures are not right. */
const farOff = 0.05;
/** Fewer refusals may be chance, and say nothing of a quota. */
const fewestRefusals = 10;
/** The status that stands for an error's code. */
const statuses: Readonly<Record<string, number>> = {
  upstream_timeout: 504,
  upstream_unavailable: 503,
  upstream_malformed: 502,
  upstream_auth: 401,
};

/** Writes what was learned as a scenario for `huntgroup simulate`, with how certain each figure is beside it. */
export function writeScenario({ deployments, traffic, span: [from, to], calls, lines }: Calibration): string {
  const seconds = Math.max(Math.round((to - from) / 1_000), 1);
  const skipped = [
    `${lines.broken} broken lines`,
    `${lines.other} lines about other things`,
    `${lines.dropped} calls before the latest ones`,
  ];
  return [
    "# Learned by huntgroup calibrate. Behind each figure: of how many calls, and what quarters of the log by themselves come to.",
    `# ${calls} calls from ${new Date(from).toISOString()} to ${new Date(to).toISOString()}; left aside: ${skipped.join(", ")}.`,
    `duration: ${Math.min(seconds, 600)}`,
    "deployments:",
    ...deployments.flatMap(deploymentLines),
    "callers:",
    ...traffic.flatMap(callerLines),
    "",
  ].join("\n");
}

function deploymentLines(learned: LearnedDeployment): readonly string[] {
  const { id, answers, speed, errorRate, refusedRate } = learned;
  const failures = [`# ${percent(errorRate)} of its attempts failed, ${percent(refusedRate)} were refused for a limit`];
  const head = `  - id: ${JSON.stringify(id)}`;
  if (speed === undefined)
    return [
      head,
      ...indented(failures),
      ...indented([`# ${answers} answers are too few to learn its speed: a usual provider stands in`, "provider: {}"]),
    ];
  return [head, ...indented([...failures, ...(speed.kind === "replica" ? replicaLines(speed) : providerLines(speed, learned))])];
}

function indented(lines: readonly string[]): readonly string[] {
  return lines.map((line) => `    ${line}`);
}

function replicaLines(speed: LearnedReplica): readonly string[] {
  const { mostAtOnce, wasFull, wasBusy, error, prefillShare, isShareKnown } = speed;
  const atLeast = wasBusy ? "" : "; never busy: it may be more";
  return [
    `# Durations of answers are foretold to ${percentText(error)} in the middle.${error > farOff ? " That is far off: it was always busy or full, and speeds of writing cannot be told apart." : ""}`,
    "replica:",
    `  prefill_per_second: ${valueText(speed.prefillPerSecond)}${isShareKnown ? "" : ", as far as prefill_share is right"}`,
    `  decode_per_second: ${valueText(speed.decodePerSecond)}${atLeast}`,
    `  stream_per_second: ${valueText(speed.streamPerSecond)}`,
    `  prefill_share: ${rounded(prefillShare.value)} # ${isShareKnown ? `of ${prefillShare.samples} calls` : "the usual one: the log does not show it"}`,
    wasFull
      ? `  max_batch: ${mostAtOnce} # others waited while so many were written`
      : `  # max_batch: at most ${mostAtOnce} were written at once, and none waited for a place`,
  ];
}

function providerLines(
  { firstMs, tokensPerSecond }: LearnedProvider,
  { refusedRate, busiestMinute, errorRate, usualError }: LearnedDeployment,
): readonly string[] {
  const isLimited = refusedRate.value * refusedRate.samples >= fewestRefusals;
  const first = { ...scaled(firstMs.mean, 0.001), p99: firstMs.p99 / 1_000 };
  return [
    "provider:",
    `  first_token: ${spreadText(first, first.p99)}`,
    `  tokens_per_second: ${spreadText(tokensPerSecond.mean, tokensPerSecond.p99)}`,
    ...(isLimited
      ? [
          `  # It refused some: its quota may be what it served in its busiest minute, ${busiestMinute.requests} requests and these tokens.`,
          `  tpm: ${busiestMinute.tokens}`,
        ]
      : []),
    ...(errorRate.value > 0 ? [`  error_rate: ${valueText(errorRate)}`, `  error_status: ${statuses[usualError ?? ""] ?? 503}`] : []),
  ];
}

function callerLines(learned: LearnedTraffic): readonly string[] {
  const { group, calls, perSecond, burstiness, gapSpread, streams, promptTokens, outputTokens, sessions } = learned;
  const inSessions = sessions !== undefined && sessions.share > 0.5 && sessions.callsEach.value > 1.5;
  const rate = inSessions ? scaled(perSecond, 1 / sessions.callsEach.value) : perSecond;
  const burst = `Calls in a second vary ${rounded(burstiness.value)} times as much as independent ones would, their gaps ${rounded(gapSpread)} times.`;
  return [
    `  - model: ${JSON.stringify(group)} # ${calls} calls`,
    ...indented([
      `# ${burst} For the log's own moments and sizes: trace: access.jsonl in place of per_second.`,
      `per_second: ${valueText(rate)}`,
      `prompt_tokens: ${inSessions ? turnText(sessions.growthTokens) : sizesText(promptTokens)}`,
      `output_tokens: ${sizesText(outputTokens)}`,
      `streamed: ${rounded(streams)}`,
      ...(sessions === undefined ? [] : sessionLines(sessions, inSessions)),
    ]),
  ];
}

function sessionLines(sessions: NonNullable<LearnedTraffic["sessions"]>, inSessions: boolean): readonly string[] {
  const { count, share, callsEach, pauseMs, firstTokens, cachedShare, sharedWithin, sharedAcross } = sessions;
  return [
    `# ${count} sessions, in ${percentText(share)} of the calls; their first prompts have ${valueText(firstTokens)}. Caches had ${percentText(cachedShare)} of all prompts' tokens.`,
    ...(sharedWithin === undefined
      ? []
      : [`# A session's prompts share with the one before, of their hashed blocks, ${valueText(sharedWithin)}.`]),
    ...(sharedAcross === undefined
      ? []
      : [`# Sessions' first prompts share with earlier sessions, of their hashed blocks, ${valueText(sharedAcross)}.`]),
    ...(inSessions ? ["sessions:", `  turns: ${valueText(callsEach)}`, `  think: ${valueText(scaled(pauseMs, 0.001))}`] : []),
  ];
}

function turnText(growth: LearnedFigure): string {
  return growth.value >= 1 ? valueText(growth) : "1 # prompts do not grow";
}

function sizesText({ mean, p99 }: Sizes): string {
  return spreadText(mean, p99);
}

/** A mean and a 99th percentile, or the mean alone where that is all there is to it. */
function spreadText(mean: LearnedFigure, p99: number): string {
  const highest = Math.min(p99, mean.value * highestSpread);
  const value =
    highest > mean.value * 1.01 ? `{ mean: ${rounded(mean.value)}, p99: ${rounded(highest)} }` : rounded(Math.max(mean.value, 0.001));
  return `${value} ${certainty(mean)}`;
}

function valueText(figure: LearnedFigure): string {
  return `${rounded(figure.value)} ${certainty(figure)}`;
}

function certainty({ samples, range }: LearnedFigure): string {
  return `# of ${samples}${range === undefined ? "" : `, ${rounded(range[0])} … ${rounded(range[1])}`}`;
}

function percent({ value, range }: LearnedFigure): string {
  return range === undefined ? percentText(value) : `${percentText(value)} (${percentText(range[0])} … ${percentText(range[1])})`;
}

function percentText(share: number): string {
  return `${rounded(100 * share)} %`;
}

function scaled({ value, samples, range }: LearnedFigure, factor: number): LearnedFigure {
  return { value: value * factor, samples, range: range && [range[0] * factor, range[1] * factor] };
}

/** Three digits: more are chance. */
function rounded(value: number): string {
  if (!Number.isFinite(value)) return "0";
  return String(Math.abs(value) >= 1_000 ? Math.round(value) : Number(value.toPrecision(3)));
}
