import type { Deployment } from "../deployment.ts";
import type { Ledger } from "../state/ledger.ts";
import type { DeploymentView } from "../strategy.ts";

/** A deployment in a routing table: its settings joined with its row of the ledger. */
export class RoutedDeployment implements DeploymentView {
  readonly deployment: Deployment;
  readonly id: string;
  readonly row: number;
  readonly weight: number;
  /** Weight 0 on purpose: used only when nothing else of its order is eligible. */
  readonly backup: boolean;
  readonly rpmLimit: number;
  readonly tpmLimit: number;
  readonly itpmLimit: number;
  readonly otpmLimit: number;
  /** Whether any limit counts tokens. */
  readonly limitsTokens: boolean;
  readonly parallelLimit: number;
  readonly inputCostPerToken: number | undefined;
  readonly outputCostPerToken: number | undefined;
  readonly #ledger: Ledger;

  constructor(deployment: Deployment, weight: number, backup: boolean, ledger: Ledger) {
    this.deployment = deployment;
    this.id = deployment.id;
    this.row = ledger.rowFor(deployment.id);
    this.weight = weight;
    this.backup = backup;
    this.rpmLimit = deployment.rpm ?? Number.POSITIVE_INFINITY;
    this.tpmLimit = deployment.tpm ?? Number.POSITIVE_INFINITY;
    this.itpmLimit = deployment.itpm ?? Number.POSITIVE_INFINITY;
    this.otpmLimit = deployment.otpm ?? Number.POSITIVE_INFINITY;
    this.limitsTokens = Math.min(this.tpmLimit, this.itpmLimit, this.otpmLimit) < Number.POSITIVE_INFINITY;
    this.parallelLimit = deployment.maxParallelRequests ?? Number.POSITIVE_INFINITY;
    this.inputCostPerToken = deployment.inputCostPerToken;
    this.outputCostPerToken = deployment.outputCostPerToken;
    this.#ledger = ledger;
  }

  get inFlight(): number {
    return this.#ledger.inFlight(this.row);
  }

  get outstandingTokens(): number {
    return this.#ledger.outstandingTokens(this.row);
  }

  get usedRpm(): number {
    return this.#ledger.usedRequests(this.row, this.#ledger.latest);
  }

  get usedTpm(): number {
    return this.#ledger.usedTokens(this.row, this.#ledger.latest);
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
