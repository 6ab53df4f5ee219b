import { SetAliasResponseSchema } from "../../../gen/huntgroup/v1/admin_pb.ts";
import { ok } from "../../lib/result.ts";
import { operatorSpec } from "./operator-spec.ts";

export const alias = operatorSpec({
  name: "alias",
  usage: "NAME [GROUP…] [--hidden]",
  summary: "another name for one or several groups; without groups it is removed",
  options: [{ name: "hidden", help: "leave it out of the list of models" }],
  changes: true,
  parse(words) {
    const name = words.argument("a name");
    const targets = [...words.remaining()];
    const hidden = words.flag("hidden");
    if (hidden && targets.length === 0) words.refuse("--hidden needs the groups too; without groups the alias is removed.");
    return async (session) => {
      const response = await session.client.setAlias({ alias: name, targets, hidden, etag: session.etag });
      session.answer(SetAliasResponseSchema, response, () => {
        const was = response.before.length === 0 ? "" : ` (was ${response.before.join(", ")})`;
        return response.after.length === 0
          ? `removed ${name}${was}\n`
          : `${name} is ${response.after.join(", ")}${hidden ? ", hidden" : ""}${was}\n`;
      });
      return ok(undefined);
    };
  },
});
