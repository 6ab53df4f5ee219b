import { timestampDate } from "@bufbuild/protobuf/wkt";
import { useState } from "preact/hooks";
import { DeploymentState, Eligibility, type CoursePoint, type Deployment } from "../../../gen/huntgroup/v1/admin_pb.ts";
import { Confirm } from "../confirm.tsx";
import { CourseCells } from "../course-cells.tsx";
import { deploymentWord, isCoolingDown } from "../eligibility.ts";
import { count, milliseconds, percent, span, timeOfDay, weight as weightText } from "../format.ts";
import { pure } from "../hooks.ts";
import { Meter } from "../meter.tsx";
import type { Operations } from "../operations.ts";
import { WeightControl } from "./weight-control.tsx";

interface Props {
  readonly deployment: Deployment;
  /** The weight that the slider was moved to and that is not yet in force. */
  readonly draft: number | undefined;
  readonly onDraft: (id: string, weight: number) => void;
  readonly onFinal: (id: string, weight: number) => void;
  /** The slider's range. */
  readonly max: number;
  readonly step: number;
  /** Share of the group's traffic by the weights, 0 … 1. */
  readonly share: number;
  /** Calls begun in the last seconds: here, and in the whole group. */
  readonly calls: number;
  readonly groupCalls: number;
  /** Whether it is the only deployment of its group that serves, or would, and does not fail. */
  readonly lastOfGroup: boolean;
  readonly course: readonly CoursePoint[] | undefined;
  readonly pointSeconds: number;
  readonly operations: Operations;
}

/** One deployment: its state, weight, load and figures, and what can be done to it. */
export const DeploymentRow = pure((props: Props) => {
  const { deployment, draft, share, calls, groupCalls } = props;
  const { id, provider, address, order, usedRpm, usedTpm, rpmLimit, tpmLimit, inFlight, maxParallelRequests } = deployment;
  const { usedRpd, usedTpd, rpdLimit, tpdLimit } = deployment;
  const leftOut = deployment.eligibility === Eligibility.INVALID;
  return (
    <tr>
      <th scope="row" data-label="">
        <span class="id">{id}</span>
        <small>
          {address === "" ? provider : address}
          {order === undefined || order === 0 ? "" : `, order ${order}`}
        </small>
      </th>
      <td data-label="State">
        <State deployment={deployment} />
      </td>
      <td data-label="Weight">
        {leftOut ? null : (
          <>
            <WeightControl
              id={id}
              weight={draft ?? deployment.weight ?? 0}
              max={props.max}
              step={props.step}
              onDraft={props.onDraft}
              onFinal={props.onFinal}
            />
            <Shares share={share} calls={calls} groupCalls={groupCalls} />
            <Move deployment={deployment} />
          </>
        )}
      </td>
      <td data-label="In flight" class="number">
        {count(inFlight ?? 0)}
        {maxParallelRequests === undefined ? null : <i> / {count(maxParallelRequests)}</i>}
      </td>
      <td data-label="Used of allowed">
        <Meter unit="rpm" used={usedRpm ?? 0} allowed={rpmLimit} />
        <Meter unit="tpm" used={usedTpm ?? 0} allowed={tpmLimit} />
        {rpdLimit === undefined ? null : <Meter unit="rpd" used={usedRpd ?? 0} allowed={rpdLimit} />}
        {tpdLimit === undefined ? null : <Meter unit="tpd" used={usedTpd ?? 0} allowed={tpdLimit} />}
      </td>
      <td data-label="First token" class="number">
        {milliseconds(deployment.firstTokenMs)}
        <small>{deployment.msPerToken === undefined ? "" : `${milliseconds(deployment.msPerToken)}/token`}</small>
      </td>
      <td data-label="Failing" class="number">
        {percent(deployment.failureRate)}
        <LastError deployment={deployment} />
      </td>
      <td data-label="Traffic, latency, errors">
        <CourseCells of={id} course={props.course} pointSeconds={props.pointSeconds} />
      </td>
      <td data-label="" class="actions">
        {leftOut ? null : <Actions deployment={deployment} lastOfGroup={props.lastOfGroup} operations={props.operations} />}
      </td>
    </tr>
  );
});

function State({ deployment }: { readonly deployment: Deployment }) {
  const { word, tone } = deploymentWord(deployment);
  const { eligibleInMs, detail } = deployment;
  return (
    <>
      <span class={`state ${tone}`}>{word}</span>
      <small title={detail}>
        {eligibleInMs === undefined || eligibleInMs <= 0 ? "" : `for ${span(eligibleInMs)} `}
        {detail}
      </small>
    </>
  );
}

function LastError({ deployment: { lastError } }: { readonly deployment: Deployment }) {
  if (lastError === undefined) return null;
  const at = lastError.time === undefined ? "" : timeOfDay(timestampDate(lastError.time));
  return (
    <small class="last-error" title={`Last error, ${at}: ${lastError.message}`}>
      {lastError.code.replaceAll("_", " ")} <span class="hidden">was its last error, at</span> {at}
    </small>
  );
}

function Shares({ share, calls, groupCalls }: { readonly share: number; readonly calls: number; readonly groupCalls: number }) {
  const now = groupCalls === 0 ? undefined : calls / groupCalls;
  return (
    <span class="shares">
      <span class="share" title="Share of the group's traffic by the weights">
        <i>weight</i> <b>{percent(share)}</b>
        <span class="bar" aria-hidden="true">
          <span style={{ inlineSize: `${(share * 100).toFixed(1)}%` }} />
        </span>
      </span>
      <span
        class="share"
        title={`Share of the group's traffic now: ${calls} of ${groupCalls} calls begun in the last 10 s, or since the weights were set`}
      >
        <i>now</i> <b class="now">{percent(now)}</b>
        <span class="bar" aria-hidden="true">
          <span class="now" style={{ inlineSize: `${((now ?? 0) * 100).toFixed(1)}%` }} />
        </span>
      </span>
    </span>
  );
}

/** Shows where a ramp moves the weight. */
function Move({ deployment: { targetWeight, targetTime } }: { readonly deployment: Deployment }) {
  if (targetWeight === undefined || targetTime === undefined) return null;
  return (
    <small class="move">
      moving to {weightText(targetWeight)} until {timeOfDay(timestampDate(targetTime))}
    </small>
  );
}

function Actions({ deployment, lastOfGroup, operations }: Pick<Props, "deployment" | "lastOfGroup" | "operations">) {
  const { id, group, inFlight = 0 } = deployment;
  const [asked, setAsked] = useState<DeploymentState>();
  const set = (state: DeploymentState): void => void operations.setState(id, state);
  const consequences = [
    `It gets no ${asked === DeploymentState.BLOCKED ? "calls at all, not even those that name it by its id" : "new calls"}. ` +
      (inFlight === 0 ? "None is under way." : `The ${inFlight === 1 ? "call" : `${inFlight} calls`} under way may end.`),
    ...(lastOfGroup ? [`Nothing else in ${group} is healthy now: its calls will wait, fall back or fail.`] : []),
  ];
  const { state } = deployment;
  const isOut = state === DeploymentState.DRAINING || state === DeploymentState.BLOCKED;

  return (
    <span class="buttons">
      <button type="button" aria-label={`Edit ${id}`} onClick={() => operations.edit(id)}>
        Edit
      </button>
      {isOut ? (
        <button type="button" aria-label={`Activate ${id}`} onClick={() => set(DeploymentState.ACTIVE)}>
          Activate
        </button>
      ) : (
        <button
          type="button"
          aria-label={`Drain ${id}`}
          onClick={() => (lastOfGroup ? setAsked(DeploymentState.DRAINING) : set(DeploymentState.DRAINING))}
        >
          Drain
        </button>
      )}
      {state === DeploymentState.BLOCKED ? null : (
        <button type="button" aria-label={`Block ${id}`} onClick={() => setAsked(DeploymentState.BLOCKED)}>
          Block
        </button>
      )}
      {/* Comes and goes, so it stands last: the others must not move under somebody's pointer. */}
      {isCoolingDown(deployment.eligibility) && !isOut ? (
        <button type="button" aria-label={`Reset the cooldown of ${id}`} onClick={() => void operations.resetCooldown(id)}>
          Reset
        </button>
      ) : null}
      {asked === undefined ? null : (
        <Confirm
          title={`${asked === DeploymentState.BLOCKED ? "Block" : "Drain"} ${id}?`}
          text={consequences}
          action={asked === DeploymentState.BLOCKED ? "Block" : "Drain"}
          onClose={(confirmed) => {
            setAsked(undefined);
            if (confirmed) set(asked);
          }}
        />
      )}
    </span>
  );
}
