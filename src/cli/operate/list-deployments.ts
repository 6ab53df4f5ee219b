import type { MessageShape } from "@bufbuild/protobuf";
import { create } from "@bufbuild/protobuf";
import { ListDeploymentsResponseSchema } from "../../../gen/huntgroup/v1/admin_pb.ts";
import type { Session } from "../kit/session.ts";

/** In one answer: a fraction of a megabyte, however many there are. */
const pageSize = 1_000;

/** All of them, however many pages that takes. @param group Undefined: every group's. */
export async function listDeployments(
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
