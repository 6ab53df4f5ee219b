import { test } from "node:test";
import { simulate } from "../../support/simulate.ts";

/** `SEED=n` replays one history; `npm run fuzz` goes through a million. */
const seeds = process.env["SEED"] === undefined ? Array.from({ length: 2_000 }, (_, seed) => seed) : [Number(process.env["SEED"])];

test(`what must always hold does so in ${seeds.length} random histories`, async () => {
  for (const seed of seeds) {
    await simulate(seed).catch((cause: unknown) => {
      throw new Error(`seed ${seed} fails; replay it with SEED=${seed} node --test test/core/router/simulation.test.ts`, { cause });
    });
  }
});
