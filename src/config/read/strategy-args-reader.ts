import type { BooleanOption, ChoiceOption, ConfigReader, NumberOption } from "../../core/strategy.ts";
import { isNull, showNode, type ConfigNode, type MapNode } from "../tree/config-node.ts";
import type { FindingLog } from "../tree/finding-log.ts";
import { toBoolean, toNumber } from "../tree/scalar.ts";
import { didYouMean } from "../../lib/suggest.ts";

/** Reads `routing_strategy_args` for a strategy, and warns of arguments that it never asked for. */
export class StrategyArgsReader implements ConfigReader {
  readonly #node: MapNode | undefined;
  readonly #path: string;
  readonly #log: FindingLog;
  readonly #asked = new Set<string>();

  constructor(node: MapNode | undefined, path: string, log: FindingLog) {
    this.#node = node;
    this.#path = path;
    this.#log = log;
  }

  number(key: string, options: NumberOption): number {
    const node = this.#value(key);
    if (node === undefined) return options.default;
    const value = toNumber(node);
    const fits =
      value !== undefined &&
      Number.isFinite(value) &&
      (options.integer !== true || Number.isSafeInteger(value)) &&
      value >= (options.min ?? -Infinity) &&
      value <= (options.max ?? Infinity);
    if (fits) return value;
    return this.#refuse(key, node, `${options.integer === true ? "a whole number" : "a number"}${range(options)}`, options.default);
  }

  boolean(key: string, options: BooleanOption): boolean {
    const node = this.#value(key);
    if (node === undefined) return options.default;
    return toBoolean(node) ?? this.#refuse(key, node, "true or false", options.default);
  }

  choice<Choice extends string>(key: string, options: ChoiceOption<Choice>): Choice {
    const node = this.#value(key);
    if (node === undefined) return options.default;
    const text = node.kind === "scalar" ? node.text : undefined;
    const chosen = options.choices.find((choice) => choice === text);
    return chosen ?? this.#refuse(key, node, `one of ${options.choices.join(", ")}`, options.default);
  }

  /** Warns of arguments that were never asked for. Call it after the strategy has read its arguments. */
  warnOfUnread(strategy: string): void {
    for (const entry of this.#node?.entries.values() ?? []) {
      if (this.#asked.has(entry.key)) continue;
      const allowed = this.#asked.size === 0 ? "it takes none" : `it takes ${[...this.#asked].join(", ")}`;
      const message = `is no argument of ${strategy}, and is ignored${didYouMean(entry.key, this.#asked)}; ${allowed}`;
      this.#log.warning(entry.keyAt, `${this.#path}.${entry.key}`, message);
    }
  }

  #value(key: string): ConfigNode | undefined {
    this.#asked.add(key);
    const value = this.#node?.entries.get(key)?.value;
    return isNull(value) ? undefined : value;
  }

  #refuse<Value>(key: string, node: ConfigNode, allowed: string, fallback: Value): Value {
    this.#log.problem(node.at, `${this.#path}.${key}`, `must be ${allowed}, not ${showNode(node)}`);
    return fallback;
  }
}

function range({ min, max }: NumberOption): string {
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`;
  if (min !== undefined) return ` ≥ ${min}`;
  return max === undefined ? "" : ` ≤ ${max}`;
}
