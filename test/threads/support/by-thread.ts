import { workerData } from "node:worker_threads";
import type { StrategyPlugin } from "../../../src/core/strategy.ts";

/** This size of a prompt, in tokens, ends the thread that is to pick for it; never the first one, which ends the program. */
const deadly = 10_000;

/** Picks the deployment of this thread's number, so that an answer tells which thread has served. */
const byThread: StrategyPlugin<undefined> = {
  name: "by-thread",
  parseConfig: () => undefined,
  create() {
    const thread = (workerData as { readonly thread?: number } | null)?.thread ?? 0;
    return {
      pick(candidates, { promptTokens }) {
        if (promptTokens > deadly && thread > 0) process.exit(7);
        return [...candidates].find(({ id }) => id === `thread-${thread}`) ?? candidates.at(0);
      },
    };
  },
};

export default byThread;
