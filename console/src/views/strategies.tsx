import { useEffect, useState } from "preact/hooks";
import type { ChangeEstimate, GroupStrategies } from "../../../gen/huntgroup/v1/admin_pb.ts";
import type { Api } from "../api.ts";
import { count, milliseconds, percent } from "../format.ts";
import { pure } from "../hooks.ts";
import { dollars } from "../key-spec.ts";
import { sentence } from "../sentence.ts";
import { directionOf, rangeOf, reachOf, strategyRows, writtenChange, type StrategyRow } from "../strategies.ts";

const askEveryMs = 5_000;

interface Props {
  readonly api: Api;
  readonly active: boolean;
  /** The etag of the state in force: another one means that something was changed. */
  readonly etag: string;
}

/** Shows how each group is routed, and what other strategies in its place would have changed. */
export const Strategies = pure(({ api, active, etag }: Props) => {
  const [groups, setGroups] = useState<readonly GroupStrategies[]>();
  const [fault, setFault] = useState("");

  useEffect(() => {
    if (!active) return undefined;
    const list = async (): Promise<void> => {
      try {
        const listed = await api.admin.listStrategies({});
        setGroups(listed.groups);
        setFault("");
      } catch (error) {
        setFault(sentence(error));
      }
    };
    void list();
    const timer = setInterval(() => void list(), askEveryMs);
    return () => clearInterval(timer);
  }, [api, active, etag]);

  const isCompared = groups?.some(({ shadows }) => shadows.length > 0) === true;
  return (
    <div class="page wide">
      <h2>Strategies</h2>
      <p class="note">
        {isCompared
          ? "What the first answer and the price of a call would have been by another strategy’s choice: each call by itself, all others being as they were. The error says how much is chance, not how wrong the model is."
          : "Nothing is compared. With router_settings.shadow_strategies, other strategies are asked beside those in use, and change nothing."}
      </p>
      {fault === "" ? null : <p class="fault">{fault}</p>}
      {groups === undefined ? null : <Groups groups={groups} isCompared={isCompared} />}
    </div>
  );
});

function Groups({ groups, isCompared }: { readonly groups: readonly GroupStrategies[]; readonly isCompared: boolean }) {
  const hints = groups.flatMap(({ group, advice }) => advice.map((said) => ({ group, said })));
  const reach = reachOf(groups.flatMap(({ shadows }) => shadows.map(({ answerMs }) => answerMs)));
  return (
    <>
      {hints.length === 0 ? null : (
        <ul class="hints">
          {hints.map(({ group, said }) => (
            <li key={`${group} ${said}`}>
              <strong>{group}</strong> {said}.
            </li>
          ))}
        </ul>
      )}
      <table class="plain strategies">
        <thead>
          <tr>
            <th scope="col">Group</th>
            <th scope="col">In use</th>
            {isCompared ? <ComparedHeads /> : <th scope="col">Deployments</th>}
          </tr>
        </thead>
        <tbody>
          {strategyRows(groups).map((row) => (
            <Row key={`${row.group.group} ${row.shadow?.strategy}`} row={row} reach={reach} isCompared={isCompared} />
          ))}
        </tbody>
      </table>
    </>
  );
}

function ComparedHeads() {
  return (
    <>
      <th scope="col">Instead</th>
      <th scope="col" class="number">
        Asked
      </th>
      <th scope="col" class="number">
        Agrees
      </th>
      <th scope="col" colSpan={2}>
        First answer, by estimate
      </th>
      <th scope="col" class="number">
        1,000 calls
      </th>
    </>
  );
}

interface RowProps {
  readonly row: StrategyRow;
  readonly reach: number;
  readonly isCompared: boolean;
}

function Row({ row: { group, shadow }, reach, isCompared }: RowProps) {
  return (
    <tr>
      <th scope="row">{group.group}</th>
      <td data-label="in use">{group.strategy}</td>
      {isCompared ? null : <td data-label="deployments">{count(group.deployments)}</td>}
      {isCompared && shadow === undefined ? <td colSpan={6} class="note" /> : null}
      {shadow === undefined ? null : (
        <>
          <td data-label="instead">
            {shadow.strategy}
            {shadow.failed ? <small class="alarm"> failed</small> : null}
          </td>
          <td data-label="asked" class="number">
            {count(shadow.samples)}
          </td>
          <td data-label="agrees" class="number">
            {shadow.samples === 0 ? "–" : percent(shadow.agreed / shadow.samples)}
          </td>
          <td data-label="first answer" class={`number ${shadow.answerMs === undefined ? "" : directionOf(shadow.answerMs)}`}>
            {shadow.answerMs === undefined ? (
              "not known yet"
            ) : (
              <>
                {writtenChange(shadow.answerMs, milliseconds)} <small>of {milliseconds(shadow.answerMs.real)}</small>
              </>
            )}
          </td>
          <td>{shadow.answerMs === undefined ? null : <Interval estimate={shadow.answerMs} reach={reach} />}</td>
          <td data-label="1,000 calls" class={`number ${shadow.costUsd === undefined ? "" : directionOf(shadow.costUsd)}`}>
            {shadow.costUsd === undefined ? "–" : writtenChange(shadow.costUsd, ofThousand)}
          </td>
        </>
      )}
    </tr>
  );
}

function ofThousand(usd: number): string {
  return dollars(usd * 1_000);
}

const width = 160;
const height = 14;

/** Draws an estimate as its range with the mean in it, left of the middle where it is less than today's. */
function Interval({ estimate, reach }: { readonly estimate: ChangeEstimate; readonly reach: number }) {
  const at = (value: number): number => width / 2 + (reach === 0 ? 0 : (value / reach) * (width / 2 - 4));
  const { low, high } = rangeOf(estimate);
  const words = { gain: "sooner", loss: "later", unclear: "no difference that is more than chance" }[directionOf(estimate)];
  const label = `${words}, by ${count(estimate.count)} picks`;
  return (
    <svg class={`interval ${directionOf(estimate)}`} viewBox={`0 0 ${width} ${height}`} role="img" aria-label={label}>
      <title>{label}</title>
      <path class="zero" d={`M${width / 2} 0v${height}`} />
      <path d={`M${at(low).toFixed(1)} ${height / 2}H${at(high).toFixed(1)}`} />
      <circle cx={at(estimate.mean).toFixed(1)} cy={height / 2} r="3.5" />
    </svg>
  );
}
