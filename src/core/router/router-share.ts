import { BufferedBytes } from "../../lib/shared/buffered-bytes.ts";
import { SharedLock } from "../../lib/shared/shared-lock.ts";
import { SharedTexts } from "../../lib/shared/shared-texts.ts";
import { SharedSignal } from "../../lib/shared/shared-signal.ts";
import type { RowShare } from "../../lib/shared/row-memory.ts";
import { Budgets } from "../keys/budgets.ts";
import type { KeyLimitsAccess } from "../keys/key-limits.ts";
import type { LeaseSignals } from "../state/lease-signals.ts";
import { SharedLeaseSignals } from "../state/shared-lease-signals.ts";
import { Ledger } from "../state/ledger.ts";
import type { LedgerAccess } from "../state/ledger-view.ts";
import type { QueueAccess } from "../queue/wait-queue.ts";

/** The memory that routers on several threads share; it is handed to each thread. */
export interface RouterShare {
  readonly lock: SharedArrayBuffer;
  readonly deployments: RowShare;
  /** What deployments' failures said. */
  readonly cooldownTexts: SharedArrayBuffer;
  readonly keys: RowShare;
  readonly budgets: RowShare;
  /** The bytes of requests and replies that are held, by thread. */
  readonly buffered: SharedArrayBuffer;
  /** How many calls wait, by thread. */
  readonly waiting: SharedArrayBuffer;
  /** The signals of leases. Undefined where no limit is shared with other nodes. */
  readonly leases: SharedArrayBuffer | undefined;
  /** The signal that an attempt has ended while calls wait. */
  readonly ended: SharedArrayBuffer;
}

/** One thread's way to a {@link RouterShare}. */
export interface RouterAccess {
  readonly lock: SharedLock;
  readonly deployments: LedgerAccess;
  readonly keys: KeyLimitsAccess;
  readonly queue: QueueAccess;
  readonly buffered: BufferedBytes;
  readonly leases: LeaseSignals | undefined;
}

/** Sets memory aside for so many threads. @param isLeased Whether limits are shared with other nodes. */
export function createRouterShare(threads: number, isLeased = false): RouterShare {
  return {
    lock: new SharedArrayBuffer(SharedLock.bytes),
    deployments: Ledger.share(threads, isLeased),
    cooldownTexts: SharedTexts.memory(),
    keys: Ledger.share(threads, isLeased),
    budgets: Budgets.share(threads, isLeased),
    buffered: BufferedBytes.memory(threads),
    waiting: new SharedArrayBuffer(threads * Int32Array.BYTES_PER_ELEMENT),
    leases: isLeased ? SharedLeaseSignals.memory() : undefined,
    ended: new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT),
  };
}

/** Opens the shared memory on a thread. @param thread Its number, from 0; no two threads have the same. */
export function accessRouterShare(share: RouterShare, thread: number): RouterAccess {
  const lock = new SharedLock(share.lock, thread);
  return {
    lock,
    deployments: { share: share.deployments, texts: share.cooldownTexts, lock, thread },
    keys: { rates: { share: share.keys, lock, thread }, budgets: { share: share.budgets, lock, thread } },
    queue: { waiting: new Int32Array(share.waiting), thread, ended: new SharedSignal(new Int32Array(share.ended)) },
    buffered: new BufferedBytes(share.buffered, thread),
    leases: share.leases && new SharedLeaseSignals(share.leases),
  };
}
