import type { BufferedBytes } from "../../lib/shared/buffered-bytes.ts";
import type { Random } from "../../lib/random.ts";
import type { KeyLimits } from "../keys/key-limits.ts";
import type { RouterObserver } from "../observer.ts";
import type { Picker } from "../pick/picker.ts";
import type { HedgeBudget } from "../state/attempt-budgets.ts";
import type { MediaFetcher } from "../upstream.ts";
import type { LeaseWaits } from "../queue/lease-waits.ts";
import type { AttemptDeps } from "./attempt-plan.ts";
import type { WaitDeps } from "./waiting.ts";

/** What all calls of a router run on. */
export interface RunDeps extends AttemptDeps, WaitDeps {
  readonly random: Random;
  readonly picker: Picker;
  readonly hedges: HedgeBudget;
  readonly keys: KeyLimits;
  /** Calls that wait for the store's word on a shared limit. Undefined where no limit is shared with other nodes. */
  readonly leases: LeaseWaits | undefined;
  /** The bytes of requests and replies that all threads hold. */
  readonly buffered: BufferedBytes;
  /** Undefined when nothing is fetched for calls. */
  readonly media: MediaFetcher | undefined;
  /** Undefined when the router has no observers. */
  readonly observer: Required<RouterObserver> | undefined;
  /** Called for each fault in this program or in a user's strategy; the caller hears only that something went wrong. */
  onInternalError(error: unknown): void;
}
