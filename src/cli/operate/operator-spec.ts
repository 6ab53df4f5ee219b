import type { Act } from "../kit/command.ts";
import type { CommandSpec } from "../kit/command-spec.ts";
import { connectionOptions, etagOption, readConnection } from "../kit/connection-options.ts";
import type { OptionSpec } from "../kit/option-spec.ts";
import type { Words } from "../kit/words.ts";

/** A command that asks a running server. */
export function operatorSpec(spec: {
  readonly name: string;
  readonly usage?: string;
  readonly summary: string;
  readonly options?: readonly OptionSpec[];
  readonly notes?: string;
  /** Whether it changes a state that has an etag. */
  readonly changes?: boolean;
  /** What is wrong with the words is said to them; the act is then not carried out. */
  readonly parse: (words: Words) => Act;
}): CommandSpec {
  const { name, usage = "", summary, options = [], notes, changes = false, parse } = spec;
  return {
    name,
    usage,
    summary,
    options: [...options, ...(changes ? [etagOption] : []), ...connectionOptions],
    ...(notes !== undefined && { notes }),
    parse: (words) => ({ kind: "operate", connection: readConnection(words), act: parse(words) }),
  };
}
