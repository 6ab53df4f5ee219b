import type { PotMessage, PotReply, SenderState } from "./pot-message.ts";

/** A limit and what is told of it. */
export interface PotEntry {
  /** The same on all nodes. */
  readonly id: string;
  readonly message: PotMessage;
}

/** What a store answers to one message. */
export interface LeaseAnswer {
  /** Which run of the store answers: another one after each restart and failover. */
  readonly run: string;
  /** Its time, in milliseconds. */
  readonly storeMs: number;
  /** Whether it has just begun, and gives out nothing until nodes have told what they hold. */
  readonly isWaiting: boolean;
  /** In the order of what was asked. */
  readonly replies: readonly PotReply[];
}

/** Where nodes keep what they share of limits. */
export interface LeaseStore {
  /** Rejects where no answer comes, be it that the message was lost or its answer. */
  sync(sender: SenderState, entries: readonly PotEntry[]): Promise<LeaseAnswer>;
}
