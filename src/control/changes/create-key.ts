import { RouterError } from "../../core/errors.ts";
import { err, ok } from "../../lib/result.ts";
import { newSecret, sha256 } from "../../lib/secret.ts";
import type { KeySpec, OperatedKey } from "../operator.ts";
import { withKey } from "../state/control-state.ts";
import { checkKeySpec } from "./check-key-spec.ts";
import { namedKey } from "./named-key.ts";
import type { Planned, Present } from "./plan.ts";
import { refuseRequest, unchanged } from "./refuse.ts";

/** Makes a key. Its secret is in the answer and kept nowhere. */
export function planCreateKey(present: Present, spec: KeySpec): Planned<OperatedKey & { readonly secret: string }> {
  const { state, config, now } = present;
  // With the first key the server asks every caller for one: without a master key nobody could operate it any more.
  if (config.masterKey === undefined)
    return refuseRequest("Set general_settings.master_key first: callers' keys need a key above them", undefined);
  const problems = checkKeySpec(spec, now);
  if (problems.length > 0) return refuseRequest(problems.join("; "), undefined);
  if (namedKey(spec.name, present) !== undefined) {
    return err(new RouterError("already_exists", `There is a key "${spec.name}" already. ${unchanged}`));
  }
  const secret = newSecret();
  const record = { ...spec, sha256: sha256(secret), previous: undefined, revoked: false, origin: "admin", createdAt: now } as const;
  return ok({
    next: { ...state, keys: withKey(state.keys, spec.name, record) },
    conclude: (done) => ({
      before: "none",
      after: `key ${spec.name} for ${spec.models.length === 0 ? "all models" : spec.models.join(", ")}`,
      answer: { ...done.operatedKey(record), secret },
    }),
  });
}
