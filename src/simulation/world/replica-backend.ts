import type { UpstreamExchange, UpstreamListener } from "../../core/upstream.ts";
import type { Clock } from "../../lib/clock.ts";
import { Replica } from "../../replica/replica.ts";
import type { ReplicaSpec } from "../../replica/replica-spec.ts";
import { answerTo } from "./answer.ts";
import type { SteeredBackend } from "./backend.ts";
import type { SimulatedRequest } from "./simulated-adapter.ts";

/** A deployment that is one replica. */
export class ReplicaBackend implements SteeredBackend {
  readonly replica: Replica;

  constructor(spec: ReplicaSpec, clock: Clock) {
    this.replica = new Replica(spec, clock);
  }

  get workSeconds(): number {
    return this.replica.workSeconds;
  }

  send(request: SimulatedRequest, listener: UpstreamListener): UpstreamExchange {
    const held = this.replica.submit(request.work, answerTo(request, listener));
    return { abort: () => held.abort(), resume: () => {} };
  }

  setSpeed(factor: number): void {
    this.replica.speed = factor;
  }

  setQuota(): void {
    // A replica takes whatever it is sent.
  }

  forget(): void {
    this.replica.forget();
  }
}
