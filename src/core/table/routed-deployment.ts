import { type Endpoint, endpointOfMode } from "../endpoints.ts";
import type { DailyLimits, Deployment } from "../deployment.ts";
import { declareLimits } from "../state/declare-limits.ts";
import type { Ledger } from "../state/ledger.ts";
import type { DeploymentView } from "../strategy.ts";

/** What a provider counts the use of some deployments by. */
export interface Account {
  /** The deployment whose row has what the provider says of its limits. */
  readonly first: Deployment;
  isShared: boolean;
}

/** A deployment in a routing table: its settings joined with its row of the ledger. */
export class RoutedDeployment implements DeploymentView {
  readonly deployment: Deployment;
  readonly id: string;
  readonly row: number;
  /** The row of what the provider says of its own limits: one for all deployments that share them. */
  readonly quotaRow: number;
  /** Whether others share them. */
  readonly sharesQuota: boolean;
  readonly weight: number;
  /** Weight 0 on purpose: used only when nothing else of its order is eligible. */
  readonly backup: boolean;
  readonly rpmLimit: number;
  readonly tpmLimit: number;
  readonly itpmLimit: number;
  readonly otpmLimit: number;
  /** Whether any limit counts tokens. */
  readonly limitsTokens: boolean;
  readonly daily: DailyLimits | undefined;
  /** Whether it is learned how many attempts may be under way. */
  readonly learnsParallel: boolean;
  readonly inputCostPerToken: number | undefined;
  readonly outputCostPerToken: number | undefined;
  readonly #ledger: Ledger;
  readonly #parallelLimit: number;
  /** What it is for, by its mode: its health for this endpoint stands in its own row. */
  readonly #endpoint: Endpoint;
  /** Rows of its health for other endpoints, made when it is asked for one. */
  #otherRows: Map<Endpoint, number> | undefined;

  /** @param account Omit it for a deployment that shares the provider's limits with none. */
  constructor(deployment: Deployment, weight: number, backup: boolean, ledger: Ledger, account?: Account) {
    this.deployment = deployment;
    this.id = deployment.id;
    this.row = ledger.rowFor(deployment.id);
    this.quotaRow = account === undefined ? this.row : ledger.rowFor(account.first.id);
    this.sharesQuota = account?.isShared === true;
    this.weight = weight;
    this.backup = backup;
    this.rpmLimit = deployment.rpm ?? Number.POSITIVE_INFINITY;
    this.tpmLimit = deployment.tpm ?? Number.POSITIVE_INFINITY;
    this.itpmLimit = deployment.itpm ?? Number.POSITIVE_INFINITY;
    this.otpmLimit = deployment.otpm ?? Number.POSITIVE_INFINITY;
    this.limitsTokens = Math.min(this.tpmLimit, this.itpmLimit, this.otpmLimit) < Number.POSITIVE_INFINITY;
    this.daily = deployment.daily;
    const { maxParallelRequests = Number.POSITIVE_INFINITY } = deployment;
    this.learnsParallel = maxParallelRequests === "auto";
    this.#parallelLimit = maxParallelRequests === "auto" ? Number.POSITIVE_INFINITY : maxParallelRequests;
    if (this.learnsParallel !== ledger.autoLimit(this.row) > 0) ledger.learnLimit(this.row, this.learnsParallel);
    if (ledger.leases !== undefined) {
      const { rpmLimit: rpm, tpmLimit: tpm, itpmLimit: itpm, otpmLimit: otpm } = this;
      const { requests: rpd = Number.POSITIVE_INFINITY, tokens: tpd = Number.POSITIVE_INFINITY } = deployment.daily ?? {};
      // Where it is learned, each node learns its own.
      declareLimits(ledger.leases, this.row, { rpm, tpm, itpm, otpm, parallel: this.#parallelLimit, rpd, tpd });
    }
    this.inputCostPerToken = deployment.inputCostPerToken;
    this.outputCostPerToken = deployment.outputCostPerToken;
    this.#ledger = ledger;
    this.#endpoint = endpointOfMode(deployment.info.mode) ?? "chat";
  }

  /**
   * The row of the ledger that tells whether it is well for an endpoint: a host without embeddings may be well for chat.
   * @param endpoint Undefined for what the deployment is for.
   */
  healthRow(endpoint: Endpoint | undefined): number {
    if (endpoint === undefined || endpoint === this.#endpoint) return this.row;
    const rows = (this.#otherRows ??= new Map<Endpoint, number>());
    let row = rows.get(endpoint);
    if (row === undefined) rows.set(endpoint, (row = this.#ledger.rowFor(`${this.id}\u0000${endpoint}`)));
    return row;
  }

  /** The endpoints that it was asked for besides the one that it is for. */
  get otherEndpoints(): readonly Endpoint[] {
    return this.#otherRows === undefined ? noEndpoints : [...this.#otherRows.keys()];
  }

  /** How many attempts may be under way now. Infinity without a limit. */
  get parallelLimit(): number {
    return this.learnsParallel ? Math.floor(this.#ledger.autoLimit(this.row)) : this.#parallelLimit;
  }

  get inFlight(): number {
    return this.#ledger.inFlight(this.row);
  }

  get outstandingTokens(): number {
    return this.#ledger.outstandingTokens(this.row);
  }

  get waitingPromptTokens(): number {
    return this.#ledger.waitingPromptTokens(this.row);
  }

  get expectedRestTokens(): number {
    return this.#ledger.expectedRestTokens(this.row);
  }

  get usedRpm(): number {
    return this.#ledger.requestsOfAll(this.row, this.#ledger.latest);
  }

  get usedTpm(): number {
    return this.#ledger.tokensOfAll(this.row, this.#ledger.latest);
  }

  get quotaUsed(): number {
    return this.#ledger.quotaUsed(this.quotaRow, this.#ledger.latest);
  }

  /** How many requests it may still take in the minute that ends at `now`. Infinity without a limit. */
  leftRequests(now: number): number {
    return Math.max(this.rpmLimit - this.#ledger.requestsOfAll(this.row, now), 0);
  }

  /** The same for tokens. */
  leftTokens(now: number): number {
    return Math.max(this.tpmLimit - this.#ledger.tokensOfAll(this.row, now), 0);
  }

  /** Milliseconds from `now` until nothing of its limits is used. */
  msUntilUnused(now: number): number {
    return this.#ledger.msUntilUnused(this.row, now);
  }

  get firstTokenMs(): number | undefined {
    return this.#ledger.firstTokenMs(this.row);
  }

  get msPerToken(): number | undefined {
    return this.#ledger.msPerToken(this.row);
  }

  get peakFirstTokenMs(): number | undefined {
    return this.#ledger.peakFirstTokenMs(this.row);
  }

  get peakMsPerToken(): number | undefined {
    return this.#ledger.peakMsPerToken(this.row);
  }

  get firstTokenMeasuredAt(): number {
    return this.#ledger.firstTokenMeasuredAt(this.row);
  }

  get perTokenMeasuredAt(): number {
    return this.#ledger.perTokenMeasuredAt(this.row);
  }

  get failureRate(): number {
    return this.#ledger.failureRate(this.row);
  }
}

const noEndpoints: readonly Endpoint[] = [];
