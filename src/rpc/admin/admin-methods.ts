import type { ServiceImpl } from "@connectrpc/connect";
import type { AdminService } from "../../../gen/huntgroup/v1/admin_pb.ts";
import type { Operator } from "../../control/operator.ts";
import type { Clock } from "../../lib/clock.ts";
import type { HealthState } from "../standard/health-state.ts";

export interface AdminServiceOptions {
  readonly operator: Operator;
  readonly clock: Clock;
  readonly health: HealthState;
  /** This program's. */
  readonly version: string;
}

/** Some of the service's methods. */
export type AdminMethods<Name extends keyof ServiceImpl<typeof AdminService>> = Pick<ServiceImpl<typeof AdminService>, Name>;
