import { setImmediate as nextTurn } from "node:timers/promises";
import { scanMembers } from "../../../src/lib/json/json-splice.ts";
import { callOf } from "../../support/core-fixture.ts";
import { RecordingSink } from "../../support/recording-sink.ts";
import type { ControlFixture } from "./control-fixture.ts";

/** A call that is under way. */
export async function startCall({ router, clock }: Pick<ControlFixture, "router" | "clock">, model: string): Promise<RecordingSink> {
  const bytes = Buffer.from(JSON.stringify({ model, messages: [{ role: "user", content: "hi" }] }));
  const sink = new RecordingSink();
  router.start(callOf({ model, body: { bytes, members: scanMembers(bytes) }, arrivedAt: clock.now() }), sink);
  await nextTurn();
  return sink;
}
