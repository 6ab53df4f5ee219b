import { err, ok } from "../../lib/result.ts";
import type { OperatedKey } from "../operator.ts";
import { withKey } from "../state/control-state.ts";
import { namedKey, noKey } from "./named-key.ts";
import type { Planned, Present } from "./plan.ts";

/** Leaves a key without any valid secret. Its name stays taken. */
export function planRevokeKey(present: Present, name: string): Planned<OperatedKey> {
  const { state } = present;
  const record = namedKey(name, present);
  if (record === undefined) return err(noKey());
  const revoked = { ...record, revoked: true, previous: undefined };
  return ok({
    next: { ...state, keys: withKey(state.keys, name, revoked) },
    conclude: (done) => ({
      before: `key ${name} ${record.revoked ? "revoked" : "valid"}`,
      after: `key ${name} revoked`,
      answer: done.operatedKey(revoked),
    }),
  });
}
