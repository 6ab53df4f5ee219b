import type { Upstream, UpstreamExchange, UpstreamListener, UpstreamRequest } from "../../core/upstream.ts";
import type { Backend } from "./backend.ts";
import type { SimulatedRequest } from "./simulated-adapter.ts";

/** Leads each request to the backend of its deployment. */
export class SimulatedUpstream implements Upstream {
  readonly #backends: ReadonlyMap<string, Backend>;

  /** @param backends By deployment id. */
  constructor(backends: ReadonlyMap<string, Backend>) {
    this.#backends = backends;
  }

  send(request: UpstreamRequest, listener: UpstreamListener): UpstreamExchange {
    const simulated = request as SimulatedRequest;
    const backend = this.#backends.get(simulated.deploymentId);
    if (backend === undefined) throw new Error(`nothing is simulated for the deployment ${simulated.deploymentId}`);
    return backend.send(simulated, listener);
  }
}
