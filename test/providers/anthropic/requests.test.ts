import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import type { LoadedConfig } from "../../../src/config/load/load-config.ts";
import { RouterError } from "../../../src/core/errors.ts";
import type { JsonMembers, JsonValue } from "../../../src/core/provider.ts";
import { providerRegistry } from "../../../src/providers/index.ts";
import { loadValid } from "../../config/support/load.ts";
import { chatCall } from "../../formats/kit/chat/support.ts";
import { groups, hosts } from "./request-rows.ts";

/** From an entry of the configuration file to the bytes that Claude's host gets, with what LiteLLM's table knows of the models. */

const rows = Object.values(groups).flat();

/** What should be there, without members that should not be: these are looked for by {@link assertLacking}. */
function withoutNulls(expected: JsonMembers): JsonMembers {
  return Object.fromEntries(Object.entries(expected).filter(([, value]) => value !== null));
}

function assertHolds(actual: JsonMembers, expected: JsonMembers): void {
  assert.partialDeepStrictEqual(actual, withoutNulls(expected));
  for (const [name, value] of Object.entries(expected)) {
    if (value === null) assert.equal(actual[name], undefined, name);
    // A list is no longer than it should be.
    else if (Array.isArray(value)) assert.equal((actual[name] as readonly JsonValue[]).length, value.length, name);
  }
}

describe("what an entry of the configuration makes of a chat for Claude", () => {
  let config: LoadedConfig;

  before(async () => {
    const entries = rows.map(({ params }, index) => ({
      model_name: `group-${index}`,
      litellm_params: { ...hosts.anthropic, api_key: "sk-test-0123456789", ...params },
    }));
    config = await loadValid(JSON.stringify({ model_list: entries }), { providers: providerRegistry });
  });

  for (const [group, list] of Object.entries(groups)) {
    describe(group, () => {
      for (const row of list) {
        it(row.what, () => {
          const deployment = config.source.deployments[rows.indexOf(row)];
          assert.ok(deployment);
          const request = deployment.adapter.encode(chatCall(row.request), deployment.upstreamModel);
          if (request instanceof RouterError) {
            assert.deepEqual([request.code, request.param], row.refused ?? request.message);
            return;
          }
          assert.equal(row.refused, undefined, "it was not refused");
          assertHolds(JSON.parse(Buffer.concat(request.body).toString()) as JsonMembers, row.body ?? {});
          assertHolds(request.headers, row.headers ?? {});
          if (row.adjusted !== undefined) assert.deepEqual((request.adjusted ?? []).toSorted(), row.adjusted);
        });
      }
    });
  }
});
