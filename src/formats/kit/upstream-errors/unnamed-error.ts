import type { JsonMembers } from "../../../core/provider.ts";

/** Whether an event of a stream whose events say their type tells of an error without one: gateways put such in, as OpenAI's API does. */
export function isUnnamedError({ type, error }: JsonMembers): boolean {
  if (typeof type === "string") return false;
  return typeof error === "string" ? error !== "" : typeof error === "object" && error !== null && Object.keys(error).length > 0;
}
