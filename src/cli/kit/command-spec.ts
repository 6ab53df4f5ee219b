import type { Command } from "./command.ts";
import type { CommandSyntax } from "./option-spec.ts";
import type { Words } from "./words.ts";

/** A command: how it is written, what is said of it, and how its words are understood. */
export interface CommandSpec extends CommandSyntax {
  /** One line. */
  readonly summary: string;
  /** What a reader of its help should also know. */
  readonly notes?: string;
  /** What is wrong with the words is said to them; the command is then not looked at. */
  parse(words: Words): Command;
}
