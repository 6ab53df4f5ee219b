/** An option as the command line knows it. One name means the same in every command that has it. */
export interface OptionSpec {
  readonly name: string;
  readonly short?: string;
  /** What its value is called; undefined: a switch, which has none. */
  readonly value?: string;
  readonly help: string;
  /** Environment variables that stand for it when it is not given; the first that is set counts. */
  readonly variables?: readonly string[];
}

/** How a command is written. */
export interface CommandSyntax {
  /** One word or two: `keys create`. */
  readonly name: string;
  /** What follows the name, options aside. */
  readonly usage: string;
  readonly options: readonly OptionSpec[];
}
