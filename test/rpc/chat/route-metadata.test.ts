import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { routeMetadata } from "../../../src/rpc/chat/route-metadata.ts";
import { route } from "../../support/scripted-router.ts";

describe("a route's metadata", () => {
  test("names the deployment, the group and what it took", () => {
    assert.deepEqual(routeMetadata("call-1", route, false), {
      "x-huntgroup-call-id": "call-1",
      "x-huntgroup-model-id": "deployment-1",
      "x-huntgroup-model-group": "gpt-4",
      "x-huntgroup-attempted-retries": "1",
      "x-huntgroup-attempted-fallbacks": "0",
      "x-huntgroup-overhead-duration-ms": "1.500",
    });
  });

  test("leaves out what is not known", () => {
    assert.deepEqual(Object.keys(routeMetadata("call-1", { ...route, deploymentId: "", group: "" }, false)), [
      "x-huntgroup-call-id",
      "x-huntgroup-attempted-retries",
      "x-huntgroup-attempted-fallbacks",
      "x-huntgroup-overhead-duration-ms",
    ]);
    assert.deepEqual(routeMetadata("call-1", undefined, false), { "x-huntgroup-call-id": "call-1" });
  });

  test("can always be sent, whatever a group is called", () => {
    const metadata = routeMetadata("call-1", { ...route, group: "modèle 🐈\n\ud800" }, false);
    assert.equal(metadata["x-huntgroup-model-group"], "mod%C3%A8le %F0%9F%90%88%0A%EF%BF%BD");
    assert.doesNotThrow(() => new Headers(metadata));
  });
});
