import { timestampMs } from "@bufbuild/protobuf/wkt";
import type { Deployment } from "../../../gen/huntgroup/v1/admin_pb.ts";
import type { Column } from "./table.ts";
import { stateCell } from "./eligibility-cell.ts";
import { number, ofLimit, percent, span } from "./format.ts";

/**
 * Makes the columns of `deployments` and of the watch.
 * @param wallTimeMs Now, in milliseconds since the Unix epoch; what is left of a ramp is counted from it.
 */
export function deploymentColumns(wallTimeMs: number): readonly Column<Deployment>[] {
  return [
    { title: "GROUP", cell: ({ group }) => group, mayBeCut: true },
    { title: "ID", cell: ({ id }) => id },
    { title: "STATUS", cell: statusCell },
    { title: "WEIGHT", cell: (deployment) => weightText(deployment, wallTimeMs), alignRight: true },
    { title: "ORDER", cell: ({ order }) => (order === undefined || order === 0 ? "" : String(order)), alignRight: true, rank: 5 },
    {
      title: "IN FLIGHT",
      cell: ({ inFlight, maxParallelRequests }) => ofLimit(inFlight ?? 0, maxParallelRequests),
      alignRight: true,
      rank: 1,
    },
    { title: "RPM", cell: ({ usedRpm, rpmLimit }) => ofLimit(usedRpm ?? 0, rpmLimit), alignRight: true, rank: 2 },
    { title: "TPM", cell: ({ usedTpm, tpmLimit }) => ofLimit(usedTpm ?? 0, tpmLimit), alignRight: true, rank: 6 },
    { title: "FIRST TOKEN", cell: ({ firstTokenMs }) => (firstTokenMs === undefined ? "" : span(firstTokenMs)), alignRight: true, rank: 4 },
    { title: "FAILING", cell: ({ failureRate }) => percent(failureRate ?? 0), alignRight: true, rank: 3 },
    { title: "ADDRESS", cell: ({ address }) => address, mayBeCut: true, rank: 7 },
    { title: "DETAIL", cell: ({ detail }) => detail, mayBeCut: true },
    { title: "LAST ERROR", cell: (deployment) => lastErrorText(deployment, wallTimeMs), mayBeCut: true, rank: 8 },
  ];
}

function statusCell(deployment: Deployment): ReturnType<typeof stateCell> {
  const { eligibleInMs } = deployment;
  const cell = stateCell(deployment);
  return eligibleInMs === undefined ? cell : { ...cell, text: `${cell.text}, ${span(eligibleInMs)}` };
}

function lastErrorText({ lastError }: Deployment, wallTimeMs: number): string {
  if (lastError === undefined) return "";
  const ago = lastError.time === undefined ? "" : `${span(Math.max(wallTimeMs - timestampMs(lastError.time), 0))} ago: `;
  return `${ago}${lastError.code} ${lastError.message}`.trim();
}

/** Writes a weight as `50`, or one that a ramp moves as `50 > 90 in 8m`. */
function weightText({ weight, targetWeight, targetTime }: Deployment, wallTimeMs: number): string {
  if (targetWeight === undefined) return number(weight);
  const left = targetTime === undefined ? "" : ` in ${span(Math.max(timestampMs(targetTime) - wallTimeMs, 0))}`;
  return `${number(weight)} > ${number(targetWeight)}${left}`;
}
