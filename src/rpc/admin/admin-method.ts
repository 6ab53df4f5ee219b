import type { ServiceImpl } from "@connectrpc/connect";
import type { AdminService } from "../../../gen/huntgroup/v1/admin_pb.ts";
import type { Operator } from "../../control/operator.ts";
import type { Clock } from "../../lib/clock.ts";
import type { HealthState } from "../standard/health-state.ts";

/** What the methods of AdminService work on. */
export interface AdminServiceOptions {
  /** Does what is asked for; each method puts it into messages. */
  readonly operator: Operator;
  /** Dates answers and times the ticks of watches. */
  readonly clock: Clock;
  /** Whether the server drains: told by GetStats, and the end of every watch. */
  readonly health: HealthState;
  /** This program's version, as GetStats tells it. */
  readonly version: string;
}

/** Every method of AdminService. */
export type AdminMethods = ServiceImpl<typeof AdminService>;

/** Makes one method of AdminService: it reads the request, asks the operator, and writes the answer. */
export type AdminMethod<Name extends keyof AdminMethods> = (options: AdminServiceOptions) => AdminMethods[Name];
