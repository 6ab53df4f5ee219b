/** The load generator: a process of its own, which does one job after another for whoever started it. */
import { closedLoop } from "./closed-loop.ts";
import { grpcCalls } from "./grpc-calls.ts";
import { idleStreams } from "./idle-streams.ts";
import { interleaved } from "./interleaved.ts";
import type { JobAnswer, JobMessage, Jobs } from "./jobs.ts";
import { largeAmongSmall } from "./large-among-small.ts";
import { openStreams } from "./open-streams.ts";

const workers: { readonly [Kind in keyof Jobs]: (job: Jobs[Kind]["job"]) => Promise<Jobs[Kind]["result"]> } = {
  closedLoop,
  interleaved,
  openStreams,
  grpcCalls,
  idleStreams,
  largeAmongSmall,
};

async function answer({ kind, job }: JobMessage): Promise<JobAnswer> {
  try {
    return { result: await workers[kind](job as never) };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

process.on("message", (message) => {
  void answer(message as JobMessage).then((reply) => process.send?.(reply));
});
process.on("disconnect", () => process.exit(0));
