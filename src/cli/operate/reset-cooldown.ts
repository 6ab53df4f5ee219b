import { ResetCooldownResponseSchema } from "../../../gen/huntgroup/v1/admin_pb.ts";
import { ok } from "../../lib/result.ts";
import { operatorSpec } from "./operator-spec.ts";
import { findId } from "./resolve-id.ts";

export const resetCooldown = operatorSpec({
  name: "reset-cooldown",
  usage: "ID",
  summary: "use a deployment that rests after failures again at once",
  parse(words) {
    const given = words.argument("a deployment's id");
    return async (session) => {
      const id = await findId(session, given);
      if (!id.ok) return id;
      const response = await session.client.resetCooldown({ deploymentId: id.value });
      session.answer(ResetCooldownResponseSchema, response, () =>
        response.wasResting ? `${id.value} rests no more\n` : `${id.value} was not resting\n`,
      );
      return ok(undefined);
    };
  },
});
