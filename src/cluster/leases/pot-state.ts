/** What the store keeps of one limit. `pot-script.ts` has the same rules for the store that `sync-pot.ts` has for tests. */
export interface PotState {
  /** The run of the store in which it is right. */
  run: string;
  /** What was booked, by second of the store's time. */
  seconds: Map<number, number>;
  /** By the names of nodes. */
  accounts: Map<string, PotAccount>;
  /** When the present period ends; 0 for none. */
  until: number;
  /** What was booked in the period by nodes that have left. */
  gone: number;
  /** What nodes have told in this run that they hold and had booked; of a period, what they had booked, and the most that one had heard of all. */
  told: number;
  toldTotal: number;
  heard: number;
  /** The most nodes that one of them knew of. */
  expected: number;
  /** The latest moment that was seen: time never goes back. */
  at: number;
  /** When the latest time began in which somebody was always heard: before, the silence of single nodes says nothing. */
  resumed: number;
}

/** What the store keeps of one node in it. */
export interface PotAccount {
  startedAt: number;
  /** -1 where the node is to begin anew. */
  incarnation: number;
  granted: number;
  booked: number;
  credited: number;
  returned: number;
  /** The latest of the store's times that the node is known to have. */
  seen: number;
  share: number;
  /** What it has booked in the present period. */
  total: number;
  /** What it told when it began. */
  told: number;
  toldTotal: number;
  /** What is kept for it that has not told anything in this run yet. */
  kept: number;
}

/** What the store keeps of itself. */
export interface EpochState {
  run: string;
  /** When the run was first seen. */
  since: number;
  /** Whether there was another run before, by what the store has kept or a node has told. */
  isLater: boolean;
}
