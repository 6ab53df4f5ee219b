import assert from "node:assert/strict";
import { test } from "node:test";
import { load, loadValid, oneDeployment, told } from "../support/load.ts";

const base = oneDeployment();
const group = /model_name: *([\w-]+)/.exec(base)?.[1] ?? "";

async function read(hedge: string): Promise<unknown> {
  return (await loadValid(`${base}\nrouter_settings:\n  hedge: {${group}: ${hedge}}\n`)).source.settings.hedges.get(group);
}

test("hedges are read by group, with p95 and a twentieth as defaults", async () => {
  assert.deepEqual(await read("{}"), { afterMs: "p95", maxRatio: 0.05 });
  assert.deepEqual(await read("{after: p95, max_ratio: 0.1}"), { afterMs: "p95", maxRatio: 0.1 });
  assert.deepEqual(await read('{after: "1.5", max_ratio: 0}'), { afterMs: 1_500, maxRatio: 0 });
});

const wrong: readonly [string, RegExp][] = [
  ["soon", /hedge.* must be a map such as/],
  ["{after: soon}", /after.* must be p95 or a number of seconds/],
  ["{after: -1}", /after.* must be p95 or a number of seconds/],
  ["{max_ratio: 2}", /max_ratio.* must be a share from 0 to 1/],
  ["{max_ration: 1}", /did you mean max_ratio/],
];

for (const [hedge, message] of wrong) {
  test(`${hedge} is refused with what is allowed`, async () => {
    const { problems } = await load(`${base}\nrouter_settings:\n  hedge: {${group}: ${hedge}}\n`);
    assert.match(told(problems).join("\n"), message);
  });
}

test("a group that does not exist is warned of", async () => {
  const { warnings } = await load(`${base}\nrouter_settings:\n  hedge: {nowhere: {after: 1}}\n`);
  assert.match(told(warnings).join("\n"), /nowhere.*nothing is hedged/);
});
