import { setImmediate as nextTurn } from "node:timers/promises";
import type { Router } from "../../../src/core/router/router.ts";
import type { Clock } from "../../../src/lib/clock.ts";
import { scanMembers } from "../../../src/lib/json/json-splice.ts";
import { callOf } from "../../support/core-fixture.ts";
import { RecordingSink } from "../../support/recording-sink.ts";

/** A call that is under way. */
export async function startCall(
  { router, clock }: { readonly router: Router; readonly clock: Clock },
  model: string,
): Promise<RecordingSink> {
  const bytes = Buffer.from(JSON.stringify({ model, messages: [{ role: "user", content: "hi" }] }));
  const sink = new RecordingSink();
  router.start(callOf({ model, body: { bytes, members: scanMembers(bytes) }, arrivedAt: clock.now() }), sink);
  await nextTurn();
  return sink;
}
