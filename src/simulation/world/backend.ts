import type { UpstreamExchange, UpstreamListener } from "../../core/upstream.ts";
import type { SimulatedRequest } from "./simulated-adapter.ts";

/** One deployment of the simulated world: what serves, or refuses, the requests that the router sends it. */
export interface Backend {
  /** As `Upstream.send`. */
  send(request: SimulatedRequest, listener: UpstreamListener): UpstreamExchange;
  /** Seconds that the work in its hands still takes, which only it can know: for strategies that know everything. */
  readonly workSeconds: number;
}

/** A backend whose powers change on the way. */
export interface SteeredBackend extends Backend {
  /** @param factor Of its usual speed: 0.1 for a tenth. 0 hangs until there is another. */
  setSpeed(factor: number): void;
  /** @param factor Of its usual quota: 0.5 for half. */
  setQuota(factor: number): void;
  /** Forgets the prompts that it remembers. */
  forget(): void;
}
