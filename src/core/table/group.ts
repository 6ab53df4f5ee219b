import type { Strategy } from "../strategy.ts";
import type { AnswerLengths } from "../flow/answer-lengths.ts";
import type { PrefixMemory } from "../flow/prefix-memory.ts";
import { GroupRates } from "./group-rates.ts";
import type { RoutedDeployment } from "./routed-deployment.ts";

/** Deployments of a group that are used alike: of the same `order`, and either all with weight or all backups. */
export interface Tier {
  readonly order: number;
  readonly backup: boolean;
  readonly entries: readonly RoutedDeployment[];
  /** Running sums of the entries' weights, to draw one by weight in logarithmic time. */
  readonly cumulativeWeights: Float64Array;
}

/** The deployments behind one name, and the strategy that chooses among them. */
export interface Group {
  readonly name: string;
  readonly entries: readonly RoutedDeployment[];
  /** In the order they are used: the first tier with an eligible deployment serves. */
  readonly tiers: readonly Tier[];
  readonly strategy: Strategy;
  /** The strategy's name. */
  readonly strategyName: string;
  /** Its limits per minute. Undefined where it has none. */
  readonly rates: GroupRates | undefined;
  /** How long its answers are. Undefined where no strategy of the table asks, and the progress of attempts is not followed. */
  readonly lengths: AnswerLengths | undefined;
  /** Which of its deployments have read which prompts. Undefined where its strategy does not ask. */
  readonly prefixes: PrefixMemory | undefined;
}

/** How a group chooses among its deployments. */
export interface GroupStrategy {
  readonly strategy: Strategy;
  /** The strategy's name, for people and metrics. */
  readonly name: string;
  /** Omit it where nothing asks how long answers are. */
  readonly lengths?: AnswerLengths | undefined;
  /** Omit it where nothing asks who has read what. */
  readonly prefixes?: PrefixMemory | undefined;
}

/** @param name Of the group. */
export function createGroup(name: string, entries: readonly RoutedDeployment[], by: GroupStrategy): Group {
  const { strategy, name: strategyName, lengths, prefixes } = by;
  return { name, entries, tiers: tiersOf(entries), strategy, strategyName, rates: GroupRates.of(entries), lengths, prefixes };
}

function tiersOf(entries: readonly RoutedDeployment[]): readonly Tier[] {
  const tiers: { order: number; backup: boolean; entries: RoutedDeployment[] }[] = [];
  for (const entry of entries) {
    const { order } = entry.deployment;
    let tier = tiers.find((one) => one.order === order && one.backup === entry.backup);
    if (tier === undefined) tiers.push((tier = { order, backup: entry.backup, entries: [] }));
    tier.entries.push(entry);
  }
  tiers.sort((a, b) => a.order - b.order || Number(a.backup) - Number(b.backup));
  return tiers.map((tier) => ({ ...tier, cumulativeWeights: cumulative(tier.entries) }));
}

function cumulative(entries: readonly RoutedDeployment[]): Float64Array {
  const sums = new Float64Array(entries.length);
  let sum = 0;
  for (const [index, entry] of entries.entries()) sums[index] = sum += entry.weight;
  return sums;
}
