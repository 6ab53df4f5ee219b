import { call } from "./call.ts";
import { doorLanes } from "./doors.ts";
import { everythingOn } from "./everything-on.ts";
import { grpc } from "./grpc.ts";
import type { Lane } from "./lane.ts";
import { idleStreams } from "./idle-streams.ts";
import { large } from "./large.ts";
import { latency } from "./latency.ts";
import { memory } from "./memory.ts";
import { nativeLanes } from "./native.ts";
import { pick } from "./pick.ts";
import { saturation } from "./saturation.ts";
import { streams } from "./streams.ts";
import { threads } from "./threads.ts";
import { unary } from "./unary.ts";

/** In the order in which they run. */
export const lanes: readonly Lane[] = [
  unary,
  latency,
  saturation,
  streams,
  grpc,
  threads,
  everythingOn,
  ...nativeLanes,
  ...doorLanes,
  memory,
  idleStreams,
  large,
  pick,
  call,
];
