/**
 * Checks random histories for their invariants, by default a million from seed 0: of the core, `npm run fuzz -- [HISTORIES] [FIRST SEED]`; of nodes that
 * share limits, `npm run fuzz -- leases [HISTORIES] [FIRST SEED]`. Or tries the properties of formats (any chat, any answer, any stream) more often than
 * the tests do: `npm run fuzz -- formats [FACTOR]`, by default 100 times.
 */
import { spawnSync } from "node:child_process";
import { leaseHistory } from "../test/cluster/support/lease-history.ts";
import { simulate } from "../test/support/simulate.ts";

const properties = ["test/formats/any-*.test.ts", "test/formats/*/any-*.test.ts", "test/formats/bedrock/chats.test.ts"];

if (process.argv[2] === "formats") {
  const env = { ...process.env, PROPERTY_RUNS_FACTOR: process.argv[3] ?? "100" };
  process.exit(spawnSync(process.execPath, ["scripts/test.ts", ...properties], { stdio: "inherit", env }).status ?? 1);
}

const isOfLeases = process.argv[2] === "leases";
const [given = "1000000", from = "0"] = process.argv.slice(isOfLeases ? 3 : 2);
const histories = Number(given);
const first = Number(from);
const told = isOfLeases ? 1_000 : 10_000;
const begun = performance.now();
for (let seed = first; seed < first + histories; seed++) {
  try {
    await (isOfLeases ? leaseHistory(seed) : simulate(seed));
  } catch (error) {
    console.error(error);
    const replay = isOfLeases ? `npm run fuzz -- leases 1 ${seed}` : `SEED=${seed} node --test test/core/router/simulation.test.ts`;
    console.error(`seed ${seed} fails; replay it with ${replay}`);
    process.exit(1);
  }
  if ((seed - first + 1) % told === 0) console.log(`${seed - first + 1} histories, ${((performance.now() - begun) / 1_000).toFixed(0)} s`);
}
console.log(`${histories} histories hold`);
