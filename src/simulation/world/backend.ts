import type { UpstreamExchange, UpstreamListener } from "../../core/upstream.ts";
import type { SimulatedRequest } from "./simulated-adapter.ts";

/** One deployment of the simulated world: what serves, or refuses, the requests that the router sends it. */
export interface Backend {
  /** As `Upstream.send`. */
  send(request: SimulatedRequest, listener: UpstreamListener): UpstreamExchange;
  /** Seconds that the work in its hands still takes, which only it can know: for strategies that know everything. */
  readonly workSeconds: number;
}
