import type { Clock } from "../../lib/clock.ts";
import { BufferedBytes } from "../../lib/shared/buffered-bytes.ts";
import type { Random } from "../../lib/random.ts";
import type { RunDeps } from "../call/run-deps.ts";
import { WaitQueue } from "../queue/wait-queue.ts";
import type { DeploymentState } from "../deployment-state.ts";
import { BudgetLeases } from "../keys/budget-leases.ts";
import { KeyLimits } from "../keys/key-limits.ts";
import type { RouterObserver } from "../observer.ts";
import { Picker } from "../pick/picker.ts";
import { HedgeBudget } from "../state/attempt-budgets.ts";
import { LeaseWaits } from "../queue/lease-waits.ts";
import type { LeaseSignals } from "../state/lease-signals.ts";
import type { LeasedLimits } from "../state/leased-limits.ts";
import { LedgerLeases } from "../state/ledger-leases.ts";
import { Ledger } from "../state/ledger.ts";
import type { TableSource } from "../table-source.ts";
import type { MediaFetcher, Upstream } from "../upstream.ts";
import { joinObservers } from "./join-observers.ts";
import type { RouterAccess } from "./router-share.ts";

/** What a router is made with. */
export interface RouterOptions {
  readonly source: TableSource;
  readonly upstream: Upstream;
  readonly clock: Clock;
  readonly random: Random;
  /** They hear of every call. Omit them to spend nothing on it. */
  readonly observers?: readonly RouterObserver[] | undefined;
  /** What is shared with routers on other threads. Omit it when there are none. */
  readonly access?: RouterAccess | undefined;
  /** The signals of leases, on a single thread whose limits are shared with other nodes. Of several threads `access` has them. */
  readonly leases?: LeaseSignals | undefined;
  /** What counts the bytes of requests and replies that are held, and bounds them. Omit it for no bound. */
  readonly buffered?: BufferedBytes | undefined;
  /** Fetches what calls name by address. Omit it to fetch nothing. */
  readonly media?: MediaFetcher | undefined;
  /** Called before a call takes its table: the moment to take up a change that was made elsewhere. */
  refresh?(): void;
  /** Called for each fault in this program or in a user's strategy. */
  onInternalError(error: unknown): void;
}

/** What is changed at run time, on top of a configuration. */
export interface TableChange {
  /** Another configuration. Omit it to keep the one in use. */
  readonly source?: TableSource | undefined;
  /** All weights that were set at run time, by deployment id. */
  readonly weights: ReadonlyMap<string, number>;
  /** All deployments that are not active, by id. Undefined when another thread has written the states into the ledger already. */
  readonly states: ReadonlyMap<string, DeploymentState> | undefined;
}

/** What all calls of a router run on. */
export function createRunDeps(options: RouterOptions): RunDeps {
  const { clock, random, upstream, access, observers = [], buffered = new BufferedBytes() } = options;
  const leases = access?.leases ?? options.leases;
  const ledger = new Ledger(access?.deployments, clock, leases);
  const onInternalError = (error: unknown): void => options.onInternalError(error);
  return {
    clock,
    random,
    upstream,
    ledger,
    picker: new Picker(ledger),
    queue: new WaitQueue(clock, access?.queue),
    hedges: new HedgeBudget(),
    keys: new KeyLimits(clock, access?.keys, leases),
    leases: leases && new LeaseWaits(clock, leases),
    buffered,
    media: options.media,
    observer: joinObservers(observers, onInternalError),
    onInternalError,
  };
}

/** What this node holds of limits that it shares with others: of deployments, of keys, of budgets. Nothing where it shares none. */
export function leasedOf({ ledger, keys }: RunDeps): readonly LeasedLimits[] {
  const { rates, budgets } = keys.leased;
  if (ledger.leases === undefined || rates.leases === undefined || budgets.leases === undefined) return [];
  return [
    new LedgerLeases("deployment", ledger, ledger.leases),
    new LedgerLeases("key", rates, rates.leases),
    new BudgetLeases(budgets, budgets.leases),
  ];
}
