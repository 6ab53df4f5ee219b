import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import assert from "node:assert/strict";
import { test } from "node:test";
import { AdminService } from "../../gen/huntgroup/v1/admin_pb.ts";
import { startService } from "../support/start-service.ts";
import { startProgram } from "../support/program.ts";

const count = 10_000;
const masterKey = "sk-the-master-of-many";
const entries = Array.from(
  { length: count },
  (_, index) => `  - model_name: many
    litellm_params:
      model: mock/model-${index}
      rpm: 1000
    model_info:
      id: deployment-${index}
`,
);
const yaml = `model_list:\n${entries.join("")}router_settings:\n  routing_strategy: least-busy\ngeneral_settings:\n  master_key: ${masterKey}\n`;

test("ten thousand deployments are served, listed in pages, watched by changes, and steered one by one", { timeout: 120_000 }, async () => {
  const service = await startService(yaml);
  try {
    const admin = createClient(AdminService, createGrpcTransport({ baseUrl: service.origin }));
    const options = { headers: { authorization: `Bearer ${masterKey}` } };

    const ids: string[] = [];
    const pages: number[] = [];
    let pageToken = "";
    do {
      const page = await admin.listDeployments({ pageSize: 1_500, pageToken }, options);
      ids.push(...page.deployments.map(({ id }) => id));
      pages.push(page.deployments.length);
      pageToken = page.nextPageToken;
    } while (pageToken !== "");
    assert.deepEqual(pages, [1_500, 1_500, 1_500, 1_500, 1_500, 1_500, 1_000]);
    assert.deepEqual(
      ids,
      Array.from({ length: count }, (_, index) => `deployment-${index}`),
    );

    const stop = new AbortController();
    const watch = admin.watchDeployments({}, { ...options, signal: stop.signal })[Symbol.asyncIterator]();
    const first = await watch.next();
    assert.ok(first.value?.snapshot && first.value.deployments.length === count);
    // Changes alone follow, whichever look they are seen in.
    await admin.setWeights({ weights: { "deployment-7": 3 } }, options);
    const changed = await watch.next();
    assert.deepEqual(
      changed.value?.deployments.map(({ id, weight }: { id: string; weight: number }) => [id, weight]),
      [["deployment-7", 3]],
    );
    assert.equal(changed.value?.snapshot, false);

    const answered = new Set<string>();
    for (let call = 0; call < 20; call++) {
      const reply = await fetch(`${service.origin}/v1/chat/completions`, {
        method: "POST",
        headers: { ...options.headers, "content-type": "application/json" },
        body: JSON.stringify({ model: "many", messages: [{ role: "user", content: "Which?" }] }),
      });
      assert.equal(reply.status, 200);
      answered.add(reply.headers.get("x-huntgroup-model-id") ?? "");
    }
    assert.ok(answered.size > 10, `${answered.size} of them answered`);
    stop.abort();
    await watch.next().catch(() => undefined);

    const listing = startProgram(["deployments", "--url", service.origin, "--key", masterKey, "--json"]);
    assert.equal(await listing.exit, 0, listing.err());
    assert.equal(listing.out().match(/"id": ?"deployment-\d+"/g)?.length, count);
  } finally {
    await service.stop();
  }
});
