import { shownName } from "../../lib/long-name.ts";
import { RouterError } from "../../core/errors.ts";
import type { AdminMethod } from "./admin-method.ts";
import { toDeployment } from "./messages/deployment-message.ts";
import { pageOf } from "./messages/page.ts";
import { optional } from "./messages/request-fields.ts";

/** The deployments of a group, or of all, page by page, with their state at this moment. */
export const listDeploymentsMethod: AdminMethod<"listDeployments"> =
  ({ operator }) =>
  ({ group, pageSize, pageToken }) => {
    const wanted = optional(group);
    const { etag } = operator;
    const all = operator.deployments(wanted);
    if (wanted !== undefined && all.length === 0) {
      throw new RouterError("not_found", `No deployment belongs to a group "${shownName(wanted)}".`, { param: "group" });
    }
    const { items, nextToken } = pageOf(all, { size: pageSize, token: pageToken, filter: wanted ?? "" });
    return { deployments: items.map(toDeployment), nextPageToken: nextToken, etag };
  };
