import type { CallHistory } from "./call-history.ts";
import { learnDeployment, type LearnedDeployment } from "./fit-deployment.ts";
import { learnTraffic, type LearnedTraffic } from "./fit-traffic.ts";
import type { LoggedCall } from "./logged-call.ts";
import { attemptsByDeployment, type ServiceSpan, spanOf } from "./service-spans.ts";

/** What was learned of a system from its access log. */
export interface Calibration {
  /** By id. */
  readonly deployments: readonly LearnedDeployment[];
  /** By group. */
  readonly traffic: readonly LearnedTraffic[];
  /** The first and the last moment of the log's calls, in milliseconds since 1970. */
  readonly span: readonly [from: number, to: number];
  readonly calls: number;
  readonly lines: Pick<CallHistory, "broken" | "other" | "dropped">;
}

/** Fewer answers with tokens and times are too few for anything. */
const fewestAnswers = 200;

/** Learns from a log's calls. @returns The reason where they are too few. */
export function calibrate(history: CallHistory): Calibration | string {
  const { calls } = history;
  const spans = new Map<string, ServiceSpan[]>();
  let answers = 0;
  for (const call of calls) {
    const span = spanOf(call);
    if (span === undefined) continue;
    answers++;
    const own = spans.get(span.deployment);
    if (own === undefined) spans.set(span.deployment, [span]);
    else own.push(span);
  }
  if (answers < fewestAnswers) return tooFew(history, calls.length, answers);
  const attempts = attemptsByDeployment(calls);
  const groups = Map.groupBy(calls, ({ group }) => group);
  return {
    deployments: [...attempts].toSorted(byName).map(([id, own]) => learnDeployment(id, spans.get(id) ?? [], own)),
    traffic: [...groups].toSorted(byName).map(([group, own]) => learnTraffic(group, own)),
    span: [Math.min(...startsOf(calls)), calls.at(-1)?.endAt ?? 0],
    calls: calls.length,
    lines: { broken: history.broken, other: history.other, dropped: history.dropped },
  };
}

function tooFew({ broken, other }: CallHistory, calls: number, answers: number): string {
  const found = `${calls} calls, ${answers} of them answered with tokens and times, ${other} lines about other things, ${broken} that are no log lines`;
  return `the log holds too little to learn from: at least ${fewestAnswers} answered calls are needed, and it has ${found}`;
}

function startsOf(calls: readonly LoggedCall[]): readonly number[] {
  // The first ends are near the first starts; of all there may be more than a function takes.
  return calls.slice(0, 1_000).map(({ endAt, totalMs }) => endAt - totalMs);
}

function byName([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number {
  return one < other ? -1 : 1;
}
