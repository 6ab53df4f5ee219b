import type { BooleanOption, ChoiceOption, ConfigReader, NumberOption } from "../../src/core/strategy.ts";

/** Reads settings from a plain object; anything out of bounds throws, so that a test cannot pass on a default by accident. */
export class FakeConfigReader implements ConfigReader {
  /** The keys that were asked for, in order. */
  readonly asked: string[] = [];
  readonly #settings: Readonly<Record<string, unknown>>;

  constructor(settings: Readonly<Record<string, unknown>> = {}) {
    this.#settings = settings;
  }

  number(key: string, { default: fallback, min = -Infinity, max = Infinity, integer = false }: NumberOption): number {
    const value = this.#read(key, fallback);
    if (typeof value !== "number" || value < min || value > max || (integer && !Number.isInteger(value))) throw wrong(key, value);
    return value;
  }

  boolean(key: string, { default: fallback }: BooleanOption): boolean {
    const value = this.#read(key, fallback);
    if (typeof value !== "boolean") throw wrong(key, value);
    return value;
  }

  choice<Choice extends string>(key: string, { default: fallback, choices }: ChoiceOption<Choice>): Choice {
    const value = this.#read(key, fallback);
    const found = choices.find((choice) => choice === value);
    if (found === undefined) throw wrong(key, value);
    return found;
  }

  #read(key: string, fallback: unknown): unknown {
    this.asked.push(key);
    return key in this.#settings ? this.#settings[key] : fallback;
  }
}

function wrong(key: string, value: unknown): TypeError {
  return new TypeError(`${key}: ${String(value)} is not allowed`);
}
