/** A group as far as its shape and its traffic speak for one strategy or another. */
export interface AdvisedGroup {
  /** The name of the strategy that it is routed by. */
  readonly strategy: string;
  /** Whether it was chosen for this group, and not for all. */
  readonly isOwnChoice: boolean;
  /** Those that get calls in normal times: of the lowest `order`, without backups. */
  readonly members: readonly AdvisedDeployment[];
  /** Requests within the last minute. Undefined where none is known: nothing runs. */
  readonly callsPerMinute: number | undefined;
}

export interface AdvisedDeployment {
  /** Whether it is at an address of a private network: most likely a replica of the operator's own. */
  readonly isPrivate: boolean;
  /** Whether it has a limit of requests or tokens per minute. */
  readonly isLimited: boolean;
  /** Whether its share of the traffic is set. */
  readonly isWeighted: boolean;
  /** US dollars per token. Undefined where it is not known. */
  readonly inputCost: number | undefined;
  readonly outputCost: number | undefined;
}

type Rule = (group: AdvisedGroup, better: string) => string | undefined;

/** Below so many calls a minute to each deployment, measured times are old before the next call asks for them. */
const fewestCalls = 1;

/** One rule each; what a strategy is not chosen for says nothing. */
const rules: readonly Rule[] = [
  ({ strategy, isOwnChoice, members }) =>
    isOwnChoice && members.length === 1
      ? `has one deployment to choose from, so a strategy of its own (${strategy}) changes nothing`
      : undefined,
  ({ strategy, members }, better) =>
    (strategy === "simple-shuffle" || strategy === "round-robin") &&
    members.length > 1 &&
    members.every(({ isPrivate, isLimited, isWeighted }) => isPrivate && !isLimited && !isWeighted)
      ? `has replicas at private addresses without limits or weights; ${strategy} does not look at how busy they are: ${better} would`
      : undefined,
  ({ strategy, members }, better) =>
    strategy === "usage-based-routing" && members.length > 1 && members.every(({ isLimited }) => !isLimited)
      ? `has no rpm or tpm, which usage-based-routing is for; tokens of the last minute do not tell who is free now: ${better} would`
      : undefined,
  ({ strategy, members }, better) =>
    strategy === "cost-based-routing" && members.length > 1 && samePrices(members)
      ? `costs the same everywhere${isUnpriced(members) ? ", as far as is known" : ""}, so cost-based-routing has nothing to save; ${better} says what it does then`
      : undefined,
  ({ strategy, members, callsPerMinute }) =>
    strategy === "latency-based-routing" &&
    members.length > 1 &&
    callsPerMinute !== undefined &&
    callsPerMinute > 0 &&
    callsPerMinute < fewestCalls * members.length
      ? `had ${callsPerMinute} calls within the last minute for ${members.length} deployments: too few for latency-based-routing to know who is fast now; least-busy or round-robin needs no measurements`
      : undefined,
];

/**
 * Says what speaks for another strategy than the one that a group has. Few things do so by themselves: nothing is said where it depends.
 * @param names Of the strategies that there are.
 * @returns Sentences without their subject, which is the group.
 */
export function strategyAdvice(group: AdvisedGroup, names: readonly string[]): readonly string[] {
  const better = names.includes("adaptive") ? "adaptive or least-busy" : "least-busy";
  return rules.flatMap((rule) => rule(group, better) ?? []);
}

function samePrices(members: readonly AdvisedDeployment[]): boolean {
  const [first] = members;
  return members.every(({ inputCost, outputCost }) => inputCost === first?.inputCost && outputCost === first?.outputCost);
}

function isUnpriced(members: readonly AdvisedDeployment[]): boolean {
  return members.every(({ inputCost, outputCost }) => inputCost === undefined && outputCost === undefined);
}
