import type { DeploymentStatus } from "../../core/deployment-status.ts";
import type { KeyRecord, KeyUsage } from "../../core/key-record.ts";
import type { DeploymentError, OperatedDeployment, OperatedKey } from "../operator.ts";
import type { ControlState } from "../state/control-state.ts";
import { arrivesAt } from "../state/weight-move.ts";

/** Knows the latest failures of deployments. */
export interface LastErrorSource {
  of(deploymentId: string): DeploymentError | undefined;
}

/** The router's deployments, with where their weights are moving to. @param now Milliseconds since the Unix epoch. */
export function operatedDeployments(
  statuses: readonly DeploymentStatus[],
  { moves }: ControlState,
  now: number,
  lastErrors?: LastErrorSource,
): readonly OperatedDeployment[] {
  return statuses.map((status) => {
    const move = moves.get(status.id);
    const under = move !== undefined && arrivesAt(move) > now;
    return { ...status, move: under ? { weight: move.to, at: arrivesAt(move) } : undefined, lastError: lastErrors?.of(status.id) };
  });
}

/** A key with what it has used. @param now Milliseconds since the Unix epoch. */
export function operatedKey(record: KeyRecord, usage: KeyUsage, now: number): OperatedKey {
  return { record, usage, expired: record.expiresAt !== undefined && record.expiresAt <= now };
}
