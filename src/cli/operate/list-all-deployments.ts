import type { MessageShape } from "@bufbuild/protobuf";
import { create } from "@bufbuild/protobuf";
import { ListDeploymentsResponseSchema } from "../../../gen/huntgroup/v1/admin_pb.ts";
import type { Session } from "../kit/session.ts";

/** Deployments in one answer: a fraction of a megabyte. */
const pageSize = 1_000;

/**
 * Fetches all deployments, page by page.
 * @param group Undefined for every group's.
 */
export async function listAllDeployments(
  { client }: Session,
  group: string | undefined,
): Promise<MessageShape<typeof ListDeploymentsResponseSchema>> {
  const whole = create(ListDeploymentsResponseSchema);
  const request = group === undefined ? { pageSize } : { group, pageSize };
  let pageToken = "";
  do {
    const page = await client.listDeployments({ ...request, pageToken });
    whole.deployments.push(...page.deployments);
    whole.etag = page.etag;
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
  return whole;
}
