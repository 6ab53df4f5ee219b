import type { ServiceImpl } from "@connectrpc/connect";
import type { AdminService } from "../../gen/huntgroup/v1/admin_pb.ts";
import type { AdminServiceOptions } from "./admin/admin-methods.ts";
import { configMethods } from "./admin/config.ts";
import { deploymentMethods } from "./admin/deployments.ts";
import { explainMethods } from "./admin/explain.ts";
import { groupMethods } from "./admin/groups.ts";
import { keyMethods } from "./admin/keys.ts";
import { statsMethods } from "./admin/stats.ts";
import { watchMethods } from "./admin/watch.ts";

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
