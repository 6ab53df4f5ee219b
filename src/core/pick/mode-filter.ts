import type { Call } from "../call.ts";
import { type Endpoint, endpointNames, servesEndpoint } from "../endpoints.ts";
import { RouterError } from "../errors.ts";
import type { Group } from "../table/group.ts";
import type { TagFilter } from "./tag-filter.ts";

/** Whether any deployment of a group has a mode that excludes an endpoint: of nearly all groups none has. */
const withModes = new WeakMap<Group, ReadonlySet<Endpoint>>();

/** Narrows a filter to the deployments that are for an endpoint. @returns The filter itself where all of the group are. */
export function modeFilter(group: Group, endpoint: Endpoint, filter: TagFilter | undefined): TagFilter | undefined {
  let excluded = withModes.get(group);
  if (excluded === undefined) {
    const isExcluded = (one: Endpoint): boolean => group.entries.some(({ deployment }) => !servesEndpoint(deployment.info.mode, one));
    withModes.set(group, (excluded = new Set(endpointNames.filter(isExcluded))));
  }
  if (!excluded.has(endpoint)) return filter;
  return (entry) => servesEndpoint(entry.deployment.info.mode, endpoint) && (filter?.(entry) ?? true);
}

/** The refusal of a call for what none of a group's models is for. Undefined where one is. */
export function wrongMode({ entries }: Group, { model, endpoint }: Pick<Call, "model" | "endpoint">): RouterError | undefined {
  const [first] = entries;
  if (first === undefined || entries.some(({ deployment }) => servesEndpoint(deployment.info.mode, endpoint))) return undefined;
  const message = `"${model}" is configured for ${first.deployment.info.mode} (model_info.mode), and is not asked for ${endpoint}.`;
  return new RouterError("invalid_request", message, { param: "model" });
}
