import { findBaseModel, findModel, knowsModelsOf, type ModelHost } from "./model-names.ts";
import { modelTable, type ModelRow, type ModelTable } from "./model-table.ts";

/** What is known of the models of one deployment: of one model, or of all that its wildcard stands for. */
export class DeploymentModels {
  readonly #host: ModelHost;
  readonly #base: string | undefined;
  readonly #table: ModelTable;
  /** The last one asked for: a deployment is asked many things of a model, and mostly has but one. */
  #lastModel: string | undefined;
  #lastRow: ModelRow | undefined;

  /** @param baseModel Counts alone, because a deployment on Azure may be called like another model. */
  constructor(host: ModelHost, baseModel: string | undefined, table: ModelTable = modelTable) {
    this.#host = host;
    this.#base = baseModel;
    this.#table = table;
  }

  /** @param model As the provider knows it. */
  row(model: string): ModelRow | undefined {
    if (this.#lastModel !== model) {
      this.#lastRow = this.#find(model);
      this.#lastModel = model;
    }
    return this.#lastRow;
  }

  #find(model: string): ModelRow | undefined {
    if (this.#base !== undefined) return findBaseModel(this.#table, this.#host, this.#base);
    return this.#host.isAny === true ? findBaseModel(this.#table, this.#host, model) : findModel(this.#table, this.#host, model);
  }

  /** Whether anything is known of any model that the deployment may have. */
  get knowsAny(): boolean {
    return this.#base === undefined ? knowsModelsOf(this.#table, this.#host) : this.row("") !== undefined;
  }
}
