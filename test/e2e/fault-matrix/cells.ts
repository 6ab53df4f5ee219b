import type { HostBehaviour } from "../../support/faulty-host.ts";
import { modes, surroundings, type Door, type Mode, type Surroundings } from "./dimensions.ts";
import type { Fault } from "./faults.ts";
import { rules, type Rule } from "./rules.ts";

/** One case of the matrix. It has a group and host paths of its own, so that no cell sees another's cooldowns or hits. */
export interface Cell {
  /** Its group's name, and what its deployments' ids begin with. */
  readonly id: string;
  readonly title: string;
  readonly fault: Fault;
  readonly mode: Mode;
  readonly door: Door;
  readonly surroundings: Surroundings;
  readonly rule: Rule;
  /** What the deployment does that is asked first; undefined: nobody listens there. */
  readonly behaviour: HostBehaviour | undefined;
}

/** A case that cannot be. */
export interface ImpossibleCell {
  readonly title: string;
  readonly reason: string;
}

/** The whole matrix: every fault × mode × door × surroundings is in one of the two lists. */
export function buildMatrix(
  faults: readonly Fault[],
  through: readonly Door[],
): { readonly cells: readonly Cell[]; readonly impossible: readonly ImpossibleCell[] } {
  const cells: Cell[] = [];
  const impossible: ImpossibleCell[] = [];
  for (const fault of faults) {
    for (const mode of modes) {
      for (const door of through) {
        for (const around of surroundings) {
          const title = `${fault.name}, ${mode} over ${door}, ${around}`;
          const what = fault[mode];
          if (what.kind === "impossible") {
            impossible.push({ title, reason: what.reason });
            continue;
          }
          const behaviour = what.kind === "refused" ? undefined : what;
          const rule = rules[fault.class][around];
          cells.push({
            id: slug(title),
            title: `${title}: ${outcomes[rule.ends]}`,
            fault,
            mode,
            door,
            surroundings: around,
            rule,
            behaviour,
          });
        }
      }
    }
  }
  return { cells, impossible };
}

const outcomes: Readonly<Record<Rule["ends"], string>> = {
  whole: "the answer is whole",
  error: "an error instead of an answer",
  broken: "the beginning, then an error",
};

function slug(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "");
}
