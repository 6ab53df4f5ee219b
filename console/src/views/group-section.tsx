import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { CoursePoint } from "../../../gen/huntgroup/v1/admin_pb.ts";
import type { ViewName } from "../view-name.ts";
import { CourseCells } from "../course-cells.tsx";
import { countSick } from "../arrange.ts";
import { eligibilityWord, isHealthy } from "../eligibility.ts";
import type { Group } from "../fleet.ts";
import { sharesByWeight } from "../shares.ts";
import type { Operations } from "../operations.ts";
import type { TrafficWindow } from "../traffic.ts";
import { weightScale } from "../weight-scale.ts";
import { GroupCharts } from "./group-charts.tsx";
import { DeploymentRow } from "./deployment-row.tsx";
import { ShowMore } from "./show-more.tsx";

const rowsAtOnce = 50;
/** How long after a slider's last move the weight is applied: long enough for a held arrow key, short enough to feel immediate. */
const applyAfterMs = 350;

const moves = [
  { ms: 0, label: "at once" },
  { ms: 60_000, label: "over 1 min" },
  { ms: 600_000, label: "over 10 min" },
  { ms: 3_600_000, label: "over 1 h" },
];

interface Props {
  /** The group with those of its deployments that match the filter. */
  readonly group: Group;
  /** The group with all its deployments. */
  readonly whole: Group;
  readonly open: boolean;
  readonly onToggle: (name: string, open: boolean) => void;
  readonly courses: ReadonlyMap<string, readonly CoursePoint[]>;
  readonly course: readonly CoursePoint[] | undefined;
  readonly pointSeconds: number;
  readonly traffic: TrafficWindow;
  /** Now, on the traffic window's clock. */
  readonly now: number;
  readonly operations: Operations;
  readonly goTo: (view: ViewName, model: string) => void;
}

/** One group: its head, its charts and the table of its deployments. */
export function GroupSection(props: Props) {
  const { group, whole, open, course, pointSeconds, goTo } = props;
  const [chartsOpen, setChartsOpen] = useState(false);
  const eligible = whole.deployments.filter((one) => eligibilityWord(one.eligibility).tone === "good").length;
  const sick = useMemo(() => countSick(whole), [whole]);
  const headingId = `group-${group.name}`;
  return (
    <section class="group" aria-labelledby={headingId}>
      <div class="group-head">
        <h2 id={headingId}>
          <button type="button" class="fold" aria-expanded={open} onClick={() => props.onToggle(group.name, !open)}>
            {group.name}
          </button>
        </h2>
        <span class={`note ${eligible === 0 ? "alarm" : ""}`}>
          {eligible} of {whole.deployments.length} eligible
        </span>
        {sick === 0 ? null : <span class="note alarm sick">{sick} sick</span>}
        {group.strategy === "" ? null : <span class="note strategy">{group.strategy}</span>}
        <CourseCells of={group.name} course={course} pointSeconds={pointSeconds} />
        <span class="buttons">
          {course === undefined ? null : (
            <button
              type="button"
              aria-expanded={chartsOpen}
              aria-label={`Charts of ${group.name}`}
              onClick={() => setChartsOpen(!chartsOpen)}
            >
              Charts
            </button>
          )}
          <button type="button" aria-label={`Explain ${group.name}`} onClick={() => goTo("explain", group.name)}>
            Explain
          </button>
          <button type="button" aria-label={`Chat with ${group.name}`} onClick={() => goTo("chat", group.name)}>
            Chat
          </button>
        </span>
      </div>
      {chartsOpen && course !== undefined ? (
        <GroupCharts group={whole} course={course} courses={props.courses} pointSeconds={pointSeconds} />
      ) : null}
      {open ? <Rows {...props} /> : null}
    </section>
  );
}

function Rows({ group, whole, courses, pointSeconds, traffic, now, operations }: Props) {
  const [atOnce, setAtOnce] = useState(rowsAtOnce);
  const [overMs, setOverMs] = useState(0);
  const weights = useWeightDrafts(operations, overMs);
  const { drafts } = weights;
  const least = useRef(0);
  const scale = weightScale(
    whole.deployments.map((one) => one.weight ?? 0),
    least.current,
  );
  least.current = scale.max;
  const shares = useMemo(() => sharesByWeight(whole.deployments, (id) => drafts.get(id)), [whole.deployments, drafts]);
  const recent = traffic.recent(whole, now);
  const healthy = useMemo(() => new Set(whole.deployments.filter(isHealthy).map((one) => one.id)), [whole.deployments]);

  return (
    <>
      <table>
        <thead>
          <tr>
            <th scope="col">Deployment</th>
            <th scope="col">State</th>
            <th scope="col" class="weight-head">
              Weight{" "}
              <select
                aria-label={`How weights of ${group.name} are applied`}
                value={overMs}
                onChange={(event) => setOverMs(Number(event.currentTarget.value))}
              >
                {moves.map(({ ms, label }) => (
                  <option key={ms} value={ms}>
                    {label}
                  </option>
                ))}
              </select>
            </th>
            <th scope="col">In flight</th>
            <th scope="col">Used of allowed</th>
            <th scope="col">First token</th>
            <th scope="col">Failing</th>
            <th scope="col">Traffic, latency, errors</th>
            <th scope="col">
              <span class="hidden">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {group.deployments.slice(0, atOnce).map((deployment) => (
            <DeploymentRow
              key={deployment.id}
              deployment={deployment}
              draft={drafts.get(deployment.id)}
              onDraft={weights.draft}
              onFinal={weights.apply}
              max={scale.max}
              step={scale.step}
              share={shares.get(deployment.id) ?? 0}
              calls={recent.calls.get(deployment.id) ?? 0}
              groupCalls={recent.total}
              lastOfGroup={healthy.size === 1 && healthy.has(deployment.id)}
              course={courses.get(deployment.id)}
              pointSeconds={pointSeconds}
              operations={operations}
            />
          ))}
        </tbody>
      </table>
      <ShowMore shown={atOnce} of={group.deployments.length} what="deployments" onMore={() => setAtOnce(atOnce + rowsAtOnce)} />
    </>
  );
}

interface WeightDrafts {
  /** Weights that were moved and are not yet in force. */
  readonly drafts: ReadonlyMap<string, number>;
  /** Applies a weight soon, together with what else is moved until then. */
  readonly draft: (id: string, weight: number) => void;
  /** Applies a weight at once. */
  readonly apply: (id: string, weight: number) => void;
}

function useWeightDrafts(operations: Operations, overMs: number): WeightDrafts {
  const [drafts, setDrafts] = useState<ReadonlyMap<string, number>>(new Map());
  const latest = useRef({ drafts: new Map<string, number>(), overMs, timer: undefined as number | undefined });
  latest.current.overMs = overMs;

  const actions = useMemo(() => {
    const { current } = latest;
    const flush = async (): Promise<void> => {
      current.timer = undefined;
      const sent = new Map(current.drafts);
      await operations.setWeights(sent, current.overMs);
      // A weight that was moved again in the meantime is still to be applied.
      for (const [id, weight] of sent) if (current.drafts.get(id) === weight) current.drafts.delete(id);
      setDrafts(new Map(current.drafts));
    };
    const plan = (id: string, weight: number, afterMs: number): void => {
      current.drafts.set(id, weight);
      setDrafts(new Map(current.drafts));
      clearTimeout(current.timer);
      current.timer = window.setTimeout(() => void flush(), afterMs);
    };
    return {
      draft: (id: string, weight: number) => plan(id, weight, applyAfterMs),
      apply: (id: string, weight: number) => plan(id, weight, 0),
      /** Applies what was moved when the view is left before the delay is over. */
      leave: () => {
        if (current.timer === undefined) return;
        clearTimeout(current.timer);
        void flush();
      },
    };
  }, [operations]);
  useEffect(() => actions.leave, [actions]);
  return { ...actions, drafts };
}
