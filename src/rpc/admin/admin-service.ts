import type { ServiceImpl } from "@connectrpc/connect";
import type { AdminService } from "../../../gen/huntgroup/v1/admin_pb.ts";
import type { AdminServiceOptions } from "./admin-methods.ts";
import { configMethods } from "./config.ts";
import { deploymentMethods } from "./deployments.ts";
import { explainMethods } from "./explain.ts";
import { groupMethods } from "./groups.ts";
import { keyMethods } from "./keys.ts";
import { statsMethods } from "./stats.ts";
import { watchMethods } from "./watch.ts";

/** AdminService over the operator: each method reads the request, asks, and writes the answer. */
export function createAdminService(options: AdminServiceOptions): ServiceImpl<typeof AdminService> {
  return {
    ...deploymentMethods(options),
    ...watchMethods(options),
    ...explainMethods(options),
    ...groupMethods(options),
    ...configMethods(options),
    ...statsMethods(options),
    ...keyMethods(options),
  };
}
