import fc from "fast-check";
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RouterError } from "../../src/core/errors.ts";
import { anyChat } from "../support/fakes/any-chat.ts";
import { asSent, connectTarget } from "../support/fakes/chat-target.ts";
import { chatTargets } from "../support/fakes/native-cases.ts";
import { propertyRuns } from "../support/property-runs.ts";
import { chatCall } from "./kit/chat/support.ts";

for (const target of chatTargets) {
  describe(`any chat, written for ${target.name}`, () => {
    for (const dropParams of [false, true])
      it(`is one that the API takes, or is refused before it is sent${dropParams ? ", with drop_params" : ""}`, async () => {
        const api = target.createApi();
        const { adapter, model } = connectTarget(target, { dropParams });
        let taken = 0;
        const { numRuns: runs } = propertyRuns(300);
        await fc.assert(
          fc.asyncProperty(anyChat, async (chat) => {
            const request = adapter.encode(chatCall(chat), model);
            if (request instanceof RouterError) {
              // A valid chat is at most what this deployment cannot do.
              assert.equal(request.code, "cannot_serve_this", request.message);
              return;
            }
            taken++;
            const refusal = await api.refuse(asSent(request));
            assert.equal(refusal?.pieces.join(""), undefined, Buffer.concat(request.body).toString());
          }),
          { numRuns: runs },
        );
        // Models of late take little of it as it is.
        assert.ok(taken > runs / (dropParams ? 3 : 50), `only ${taken} of ${runs} were sent`);
      });
  });
}
