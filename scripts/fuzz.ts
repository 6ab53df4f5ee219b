/** Checks random histories of the core for its invariants: `npm run fuzz -- [HISTORIES] [FIRST SEED]`, by default a million from seed 0. */
import { simulate } from "../test/support/simulate.ts";

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
