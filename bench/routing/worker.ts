/** One of the processes of `npm run routing`: gets orders, answers each with what the run came to. */
import { contestantOf } from "./contestants.ts";
import { scenarioOf } from "./scenarios.ts";
import { readSizes } from "./sizes.ts";
import type { RunOrder } from "./workers.ts";

const sizes = readSizes();

process.on("message", (order) => {
  void answer(order as RunOrder);
});

async function answer({ scenario, contestant, seed }: RunOrder): Promise<void> {
  try {
    process.send?.({ summary: await scenarioOf(scenario).run(contestantOf(contestant), seed, sizes.requests) });
  } catch (error) {
    process.send?.({ error: error instanceof Error ? error.stack : String(error) });
  }
}
