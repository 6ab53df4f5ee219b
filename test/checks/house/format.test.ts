import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { findRoute } from "../../../src/rest/routes.ts";
import { callOf } from "../../formats/openai/support.ts";
import { encoded } from "../../providers/support.ts";
import { CopyOfSrc, loadWith } from "./support/copy-of-src.ts";

/**
 * To add a wire format: a folder in `src/formats` and one in `src/providers`, each with its line in the list beside it. What the format does
 * then is shown in `test/formats/contract.test.ts`; here, that nothing else has to be touched.
 */
const framesFormat = readFileSync(join(import.meta.dirname, "../../support/frames-format.ts"), "utf8").replaceAll('"../../src/', '"../../');
const framesProvider = `import { framesProvider } from "../../formats/frames/index.ts";\nexport const frames = framesProvider(undefined);\n`;

test("a format that is added as two folders and two lines serves callers and deployments", async () => {
  using copy = new CopyOfSrc();
  copy.add("formats/frames/index.ts", framesFormat);
  copy.edit("formats/index.ts", "[openAi.caller", "[framesCaller, openAi.caller");
  copy.edit("formats/index.ts", "import { openAi }", 'import { framesCaller } from "./frames/index.ts";\nimport { openAi }');
  copy.add("providers/frames/index.ts", framesProvider);
  copy.edit("providers/index.ts", ", mock];", ", mock, frames];");
  copy.edit("providers/index.ts", "import { openai }", 'import { frames } from "./frames/index.ts";\nimport { openai }');

  const yaml = 'model_list: [{model_name: m, litellm_params: {model: frames/x, api_base: "http://frames.example"}}]';
  const { config, problems } = await loadWith(copy, yaml, {});
  const [deployment] = config?.source.deployments ?? [];
  assert.ok(deployment !== undefined, JSON.stringify(problems));
  const request = encoded(deployment.adapter, callOf({ model: "m", messages: [] }), deployment.upstreamModel);
  assert.equal(request.origin + request.path, "http://frames.example/ask");
  assert.equal(Buffer.concat(request.body).toString(), '{"to":"x","say":[]}');

  const routes = await copy.import<{ readonly findRoute: typeof findRoute }>("rest/routes.ts");
  const route = routes.findRoute("/frames/ask");
  assert.ok(route?.kind === "call");
  assert.equal(route.caller.format, "frames");
});
