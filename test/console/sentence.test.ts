import { Code, ConnectError } from "@connectrpc/connect";
import assert from "node:assert/strict";
import { test } from "node:test";
import { describeRoute, readRoute } from "../../console/src/chat-call.ts";
import { isNetworkFault, isRefusal, isUnimplemented, sentence } from "../../console/src/sentence.ts";

const cases: readonly (readonly [error: unknown, text: RegExp])[] = [
  [new ConnectError('The key in the header "authorization" is not valid here.', Code.Unauthenticated), /^The key is not valid here\.$/],
  [new ConnectError('A key is needed. Send it as the header "api-key: KEY".', Code.Unauthenticated), /^A key is needed\.$/],
  [new ConnectError("", Code.PermissionDenied), /master key is needed\.$/],
  [new ConnectError("HTTP 404", Code.Unimplemented), /older than this console\.$/],
  [new ConnectError('no deployment "x"', Code.NotFound), /^no deployment "x"\.$/],
  [new ConnectError("", Code.Aborted), /changed in the meantime/],
  [ConnectError.from(new TypeError("Failed to fetch")), /cannot be reached\.$/],
  [new ConnectError("All deployments are busy.", Code.Unavailable), /^All deployments are busy\.$/],
];
for (const [error, text] of cases) {
  test(`says ${text.source}`, () => assert.match(sentence(error), text));
}

test("tells a lost network, a refusal and an older server apart", () => {
  const lost = ConnectError.from(new TypeError("Failed to fetch"));
  const refused = new ConnectError("no", Code.Unauthenticated);
  const older = new ConnectError("HTTP 404", Code.Unimplemented);
  assert.deepEqual([lost, refused, older].map(isNetworkFault), [true, false, false]);
  assert.deepEqual([lost, refused, older].map(isRefusal), [false, true, false]);
  assert.deepEqual([lost, refused, older].map(isUnimplemented), [false, false, true]);
});

test("reads a call's way from its headers, names beyond ASCII included", () => {
  const headers = new Headers({
    "x-huntgroup-model-id": "%C3%B6st",
    "x-huntgroup-model-group": "gpt-4",
    "x-huntgroup-attempted-retries": "2",
    "x-huntgroup-attempted-fallbacks": "1",
    "x-huntgroup-overhead-duration-ms": "0.412",
  });
  const route = readRoute(headers);
  assert.ok(route);
  assert.equal(describeRoute(route), "öst of gpt-4, 2 retries, 1 fallback, 0.41 ms in the router");
  assert.equal(readRoute(new Headers()), undefined);
});
