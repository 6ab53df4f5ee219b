import fc from "fast-check";
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RouterError } from "../../src/core/errors.ts";
import { findModel } from "../../src/config/models/model-names.ts";
import { modelTable } from "../../src/config/models/model-table.ts";
import type { JsonMembers } from "../../src/core/provider.ts";
import type { UpstreamRequest } from "../../src/core/upstream.ts";
import { connect } from "../providers/support.ts";
import { anyChat } from "../support/fakes/any-chat.ts";
import { chatTargets } from "../support/fakes/native-cases.ts";
import { wordsOf } from "../support/fakes/shape.ts";
import type { ApiRequest } from "../support/fakes/strict-host.ts";
import { chatCall } from "./kit/chat/support.ts";

/** What a host would get. */
function asSent({ method, path, headers, body }: UpstreamRequest): ApiRequest {
  const [pathname = "", query = ""] = path.split("?");
  const bytes = Buffer.concat(body);
  const json = JSON.parse(bytes.toString()) as JsonMembers;
  return { method, path: pathname, query: new URLSearchParams(query), headers: { host: "host.example", ...headers }, body: bytes, json };
}

for (const { name, createApi, params } of chatTargets) {
  describe(`any chat, written for ${name}`, () => {
    for (const dropParams of [false, true])
      it(`is one that the API takes, or is refused before it is sent${dropParams ? ", with drop_params" : ""}`, async () => {
        const api = createApi();
        const { model: address, api_base: apiBase, api_key: apiKey, ...settings } = params("https://host.example");
        const [prefix = ""] = wordsOf(address).split("/");
        const { adapter, model } = connect({
          address: wordsOf(address),
          ...(apiBase === undefined ? {} : { apiBase: wordsOf(apiBase) }),
          apiKey: apiKey === undefined ? undefined : wordsOf(apiKey),
          extraHeaders: (settings["extra_headers"] ?? {}) as Readonly<Record<string, string>>,
          dropParams,
          setting: (key) => settings[key],
          modelFact: (of, fact) => findModel(modelTable, { provider: prefix, prefix }, of)?.[fact],
        });
        let taken = 0;
        const runs = 300;
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
