import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:http2";
import { test } from "node:test";
import { Parties } from "../support/parties.ts";

const config = (age: string): string => `model_list: [{model_name: m, litellm_params: {model: mock/m}}]\ngeneral_settings: {${age}}\n`;

test("general_settings.max_connection_age has callers connect again, and a reload changes it", async () => {
  const parties = new Parties();
  try {
    const service = await parties.service(config("max_connection_age: 0.2"), { threads: 1 });
    const session = connect(service.origin);
    await once(session, "goaway");
    await once(session, "close");
    await service.rewrite(config(""));
    const reloaded = await service.operator.reload({ dryRun: false, discardChanges: false }, { who: "test", etag: undefined });
    assert.ok(reloaded.ok);
    const later = connect(service.origin);
    // As long as the one before was let live, and more.
    const left = await Promise.race([
      once(later, "goaway").then(() => true),
      new Promise<boolean>((resolve) => setTimeout(() => resolve(false), 500)),
    ]);
    assert.equal(left, false);
    later.destroy();
  } finally {
    await parties.end();
  }
});
