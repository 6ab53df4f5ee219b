import type { Call } from "../../../core/call.ts";
import type { JsonValue } from "../../../core/provider.ts";
import { longNames } from "./short-name.ts";

/** Tells the names of a call's tools, as they stand in a reply, as its caller wrote them. The request is looked into only where a name may be a short one. */
export function originalNames(call: Call): (name: string) => string {
  const { body } = call;
  let names: ReadonlyMap<string, string> | undefined;
  return (name) => {
    if (!maybeShort.test(name)) return name;
    if (names === undefined) {
      const member = body.members.findLast(({ key }) => key === "tools");
      const tools =
        member === undefined ? null : (JSON.parse(body.bytes.toString("utf8", member.valueStart, member.valueEnd)) as JsonValue);
      names = longNames(tools);
    }
    return names.get(name) ?? name;
  };
}

/** As long as all of them are, and with the digits at their end. */
const maybeShort = /^.{55}_[0-9a-f]{8}$/s;
