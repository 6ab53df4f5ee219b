import type { PotMessage, PotReply, SenderState } from "./pot-message.ts";
import type { EpochState, PotAccount, PotState } from "./pot-state.ts";

/** After so long without a sign a node lives on its own: it uses what it holds, and later its share. */
export const silentAfterMs = 3_000;
/** How long a new run of the store waits for nodes to tell what they hold. */
export const tellingMs = 3_000;
/** What is booked leaves the window with the first full second after its end, as in the ledger. */
const windowSeconds = 60;
/** The part of what is left that nodes hold without need, all together. */
const idlePart = 0.8;

const nothing = { granted: 0, idle: 0, nodes: 0, booked: 0, untilMs: 0, contested: false } as const;

/** A limit of which nothing is known. */
export function emptyPot(): PotState {
  return {
    run: "",
    seconds: new Map(),
    accounts: new Map(),
    until: 0,
    gone: 0,
    told: 0,
    toldTotal: 0,
    heard: 0,
    expected: 0,
    at: 0,
    resumed: 0,
  };
}

/** One message, as the store takes it: nothing comes in between. @param storeMs The store's time. */
export function syncPot(pot: PotState, epoch: EpochState, sender: SenderState, message: PotMessage, storeMs: number): PotReply {
  // Another run has another clock.
  const now = pot.run === epoch.run ? Math.max(storeMs, pot.at) : storeMs;
  if (now - pot.at > silentAfterMs) pot.resumed = now;
  pot.at = now;
  if (pot.run !== epoch.run) beginRun(pot, epoch.run, now);
  if (message.kind === "minute") dropOldSeconds(pot, now);
  if (message.kind === "period") turnPeriod(pot, message, now);
  dropGone(pot, sender, message, now);
  const account = accountOf(pot, sender, message, now);
  if (account === "tell" || account === "stale") return { status: account, ...nothing };
  take(pot, account, sender, message, now);
  if (message.leaves) {
    pot.gone += account.total;
    pot.accounts.delete(sender.name);
    return { status: "ok", ...nothing, granted: account.granted };
  }
  return grant(pot, epoch, account, { ...message, nodeTtlMs: sender.nodeTtlMs }, now);
}

/** Of what the store has from before, only sums that grow are believed, and that nodes may live which have not told anything yet. */
function beginRun(pot: PotState, run: string, now: number): void {
  pot.run = run;
  pot.seconds.clear();
  pot.told = pot.toldTotal = pot.heard = pot.expected = 0;
  for (const account of pot.accounts.values()) {
    const kept = account.incarnation < 0 ? account.kept : Math.max(heldOf(account), account.share);
    close(account);
    account.kept = kept;
    account.seen = now;
  }
}

function dropOldSeconds(pot: PotState, now: number): void {
  const oldest = Math.floor(now / 1_000) - windowSeconds;
  for (const second of pot.seconds.keys()) if (second < oldest) pot.seconds.delete(second);
}

function turnPeriod(pot: PotState, { periodLeftMs, periodMs }: PotMessage, now: number): void {
  if (periodMs === 0) return;
  if (pot.until === 0) pot.until = now + periodLeftMs;
  if (now < pot.until) return;
  // The nodes' clocks differ by seconds: no period is shorter than half of its length.
  pot.until = now + periodLeftMs + (periodLeftMs < periodMs / 2 ? periodMs : 0);
  pot.gone = pot.toldTotal = pot.heard = 0;
  for (const account of pot.accounts.values()) account.total = 0;
}

/** A node that was silent for too long, or whose name another one has now, may have used just now what was kept for it. */
function dropGone(pot: PotState, { name, startedAt, nodeTtlMs }: SenderState, { kind }: PotMessage, now: number): void {
  for (const [other, account] of pot.accounts) {
    const isReplaced = other === name && account.startedAt < startedAt;
    if (!isReplaced && now - Math.max(account.seen, pot.resumed) <= nodeTtlMs) continue;
    if (kind === "minute" && account.incarnation >= 0)
      add(pot.seconds, Math.floor(now / 1_000), isReplaced ? heldOf(account) : Math.max(heldOf(account), account.share));
    if (account.total > 0) close(account);
    else pot.accounts.delete(other);
  }
}

/** Keeps what a node has booked in the period, and nothing else. */
function close(account: PotAccount): void {
  account.incarnation = -1;
  account.granted = account.booked = account.credited = account.returned = account.share = 0;
  account.told = account.toldTotal = account.kept = 0;
}

function accountOf(pot: PotState, sender: SenderState, message: PotMessage, now: number): PotAccount | "tell" | "stale" {
  const known = pot.accounts.get(sender.name);
  if (known !== undefined && known.startedAt > sender.startedAt) return "stale";
  if (known !== undefined && known.incarnation === message.incarnation) return known;
  if (known !== undefined && known.incarnation > message.incarnation) return "stale";
  if (!message.begins) return "tell";
  const account: PotAccount = {
    startedAt: sender.startedAt,
    incarnation: message.incarnation,
    granted: message.held,
    booked: 0,
    credited: 0,
    returned: 0,
    seen: Math.max(now - silentAfterMs, sender.acknowledged),
    share: 0,
    total: message.kind === "period" ? Math.max(known?.total ?? 0, message.total) : 0,
    told: 0,
    toldTotal: 0,
    kept: 0,
  };
  pot.accounts.set(sender.name, account);
  let told = message.held;
  for (const [age, amount] of message.told) {
    add(pot.seconds, Math.floor(now / 1_000) - age, amount);
    told += amount;
  }
  account.told = told + account.total;
  account.toldTotal = account.total;
  // A node that begins again has told all of it again.
  pot.told += account.told - (known?.told ?? 0);
  pot.toldTotal += account.toldTotal - (known?.toldTotal ?? 0);
  pot.heard = Math.max(pot.heard, message.heard);
  pot.expected = Math.max(pot.expected, message.nodes);
  return account;
}

/** What has become of what was granted. */
function take(pot: PotState, account: PotAccount, { acknowledged }: SenderState, message: PotMessage, now: number): void {
  const booked = Math.max(message.booked - account.booked, 0);
  const credited = Math.max(message.credited - account.credited, 0);
  account.booked += booked;
  account.credited += credited;
  account.returned = Math.max(account.returned, message.returned);
  account.seen = Math.max(account.seen, acknowledged);
  account.share = message.share;
  if (message.kind === "period") account.total = Math.max(account.total + booked - credited, 0);
  if (message.kind !== "minute") return;
  add(pot.seconds, Math.floor(now / 1_000), booked);
  // What was not used after all comes off the oldest: no window ever shows less than was used. Of a late message it may have left already.
  if (now - acknowledged <= silentAfterMs) subtract(pot.seconds, credited);
}

function grant(
  pot: PotState,
  epoch: EpochState,
  account: PotAccount,
  { kind, limit, wanted, least, isLean, mayExceed, begins, nodeTtlMs }: PotMessage & Pick<SenderState, "nodeTtlMs">,
  now: number,
): PotReply {
  const booked = bookedIn(pot, kind);
  const sinceMs = now - epoch.since;
  const isWaiting = sinceMs < tellingMs;
  const unknown = epoch.isLater && sinceMs < tellingMs + (windowSeconds + 1) * 1_000 ? Math.max(limit - pot.told, 0) : 0;
  const held = heldOf(account);
  let nodes = 0;
  let others = 0;
  let untold = 0;
  let kept = 0;
  for (const one of pot.accounts.values()) {
    if (one.incarnation >= 0 || one.kept > 0) nodes++;
    untold += one.kept;
    if (one.incarnation < 0 || one === account) continue;
    others += heldOf(one);
    kept += now - one.seen > silentAfterMs ? Math.max(heldOf(one), one.share) : heldOf(one);
  }
  const missing = epoch.isLater && sinceMs < nodeTtlMs ? Math.max(pot.expected - nodes, 0) : 0;
  if (missing > 0 && kind !== "period") kept += Math.floor(limit / pot.expected) * missing;
  nodes += missing;
  // What nobody has told is spent for one window, and kept for those that may have it after that.
  kept += kind === "period" ? unknown : Math.max(unknown, untold);
  const left = limit - booked - kept;
  const part = isLean ? 0 : Math.max(Math.floor(((left + others) * idlePart) / nodes), 0);
  const idle = isWaiting ? held : part;
  const goal = Math.max(wanted, idle);
  let granted = isWaiting ? 0 : Math.max(Math.min(goal, left) - held, 0);
  if (held + granted < least) {
    // A call that may be more than is left goes alone.
    granted = mayExceed && !isWaiting && others === 0 && left > 0 ? least - held : 0;
  }
  account.granted += granted;
  // A node that has just come has the others give back what was theirs to hold without it.
  const isShort = begins && held + granted < Math.floor(idle / 2);
  const lacked = least - held - granted;
  const untilMs = lacked <= 0 ? 0 : kind === "period" ? Math.max(pot.until - now, 0) : msUntil(pot.seconds, least - Math.max(left, 0), now);
  return { status: "ok", granted: account.granted, idle, nodes, booked, untilMs, contested: others > 0 && (lacked > 0 || isShort) };
}

function heldOf({ granted, booked, returned }: PotAccount): number {
  return Math.max(granted - booked - returned, 0);
}

function bookedIn({ seconds, accounts, gone, heard, toldTotal }: PotState, kind: PotMessage["kind"]): number {
  let sum = 0;
  if (kind === "minute") for (const amount of seconds.values()) sum += amount;
  if (kind !== "period") return sum;
  for (const { total } of accounts.values()) sum += total;
  // What one node had heard of all others is spent, whoever has not told it yet.
  return sum + Math.max(gone, heard - toldTotal);
}

/** Milliseconds until so much leaves the window. */
function msUntil(seconds: ReadonlyMap<number, number>, amount: number, now: number): number {
  let left = amount;
  for (const second of [...seconds.keys()].toSorted((a, b) => a - b)) {
    left -= seconds.get(second) ?? 0;
    if (left <= 0) return Math.max((second + windowSeconds + 1) * 1_000 - now, 0);
  }
  return 0;
}

function add(seconds: Map<number, number>, second: number, amount: number): void {
  if (amount > 0) seconds.set(second, (seconds.get(second) ?? 0) + amount);
}

function subtract(seconds: Map<number, number>, amount: number): void {
  let left = amount;
  for (const second of [...seconds.keys()].toSorted((a, b) => a - b)) {
    if (left <= 0) return;
    const there = seconds.get(second) ?? 0;
    const taken = Math.min(there, left);
    if (taken === there) seconds.delete(second);
    else seconds.set(second, there - taken);
    left -= taken;
  }
}
