/**
 * Checks random histories of the core for its invariants: `npm run fuzz -- [HISTORIES] [FIRST SEED]`, by default a million from seed 0. Or tries the
 * properties of formats (any chat, any answer, any stream) more often than the tests do: `npm run fuzz -- formats [FACTOR]`, by default 100 times.
 */
import { spawnSync } from "node:child_process";
import { simulate } from "../test/support/simulate.ts";

const properties = ["test/formats/any-*.test.ts", "test/formats/*/any-*.test.ts", "test/formats/bedrock/chats.test.ts"];

if (process.argv[2] === "formats") {
  const env = { ...process.env, PROPERTY_RUNS_FACTOR: process.argv[3] ?? "100" };
  process.exit(spawnSync(process.execPath, ["scripts/test.ts", ...properties], { stdio: "inherit", env }).status ?? 1);
}

const histories = Number(process.argv[2] ?? 1_000_000);
const first = Number(process.argv[3] ?? 0);
const begun = performance.now();
for (let seed = first; seed < first + histories; seed++) {
  try {
    await simulate(seed);
  } catch (error) {
    console.error(error);
    console.error(`seed ${seed} fails; replay it with SEED=${seed} node --test test/core/router/simulation.test.ts`);
    process.exit(1);
  }
  if ((seed - first + 1) % 10_000 === 0)
    console.log(`${seed - first + 1} histories, ${((performance.now() - begun) / 1_000).toFixed(0)} s`);
}
console.log(`${histories} histories hold`);
