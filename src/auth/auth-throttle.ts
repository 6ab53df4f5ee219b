import { isIPv6 } from "node:net";
import type { Clock } from "../lib/clock.ts";
import { RecentTimes } from "../lib/averages/recent-times.ts";

/** How much guessing is allowed, and what is remembered of it. */
export interface AuthThrottleOptions {
  readonly clock: Clock;
  /** How many invalid keys an address may show at once. 0: any number. */
  readonly burst: number;
  /** What the throttles of all threads remember together. Omit it for a throttle that is alone. */
  readonly memory?: AuthThrottleMemory | undefined;
}

/** A store of moments by name. It forgets the oldest where it is full. */
interface Times {
  get(name: string): number | undefined;
  set(name: string, time: number, now: number): void;
  readonly size: number;
}

/** What a throttle remembers. All moments are on the router's clock. */
export interface AuthThrottleMemory {
  /** When an address will have all of its attempts again. */
  readonly wholeAt: Times;
  /** When a key was last valid from an address. */
  readonly good: Times;
}

/** One more attempt every 3 s: too few for guessing to succeed, and enough for a person who mends a script. */
const refillMs = 3_000;
/** How long a valid key is known to be good from the address that it came from. */
const goodForMs = 600_000;
/** A good key is noted again only after this time, so that a busy key costs next to nothing. */
const goodRefreshMs = 60_000;
/** How many addresses, and how many good keys, are remembered. Those that were noted longest ago are forgotten first. */
export const mostRemembered = 10_000;

/**
 * Slows down callers that guess keys, by their address. Many callers may share one address (a proxy, an office). So an address that has
 * used up its attempts is not closed altogether: a key that was valid from there within the last 10 minutes is still checked. One bad client
 * does not lock out the good ones. All other keys wait, right or wrong, so that a guesser cannot tell a hit from a miss by the wait.
 */
export class AuthThrottle {
  readonly #clock: Clock;
  readonly #burst: number;
  readonly #wholeAt: Times;
  readonly #good: Times;
  /** What this throttle itself noted last in {@link #good}, by key: most keys come from one address, again and again. */
  readonly #told = new Map<string, { readonly address: string; readonly at: number }>();

  constructor({ clock, burst, memory }: AuthThrottleOptions) {
    this.#clock = clock;
    this.#burst = burst;
    this.#wholeAt = memory?.wholeAt ?? new RecentTimes(mostRemembered);
    this.#good = memory?.good ?? new RecentTimes(mostRemembered);
  }

  /**
   * How long a key has to wait.
   * @param shown The digest of what was shown.
   * @returns Milliseconds until this key will be checked from this address. 0: now.
   */
  waitMs(address: string, shown: string): number {
    const wholeAt = this.#wholeAt.get(networkOf(address));
    if (wholeAt === undefined) return 0;
    const now = this.#clock.now();
    const waitMs = wholeAt - now - (this.#burst - 1) * refillMs;
    return waitMs <= 0 || this.#isGood(address, shown, now) ? 0 : Math.ceil(waitMs);
  }

  /** Notes that a key was valid. @param shown Its digest. */
  succeeded(address: string, shown: string): void {
    if (this.#burst === 0) return;
    const now = this.#clock.now();
    const told = this.#told.get(shown);
    if (told?.address === address && now - told.at < goodRefreshMs) return;
    if (this.#told.size >= mostRemembered) this.#told.clear();
    this.#told.set(shown, { address, at: now });
    const id = identity(address, shown);
    const known = this.#good.get(id);
    if (known !== undefined && now - known < goodRefreshMs) return;
    this.#good.set(id, now, now);
  }

  /** Notes that a key was not valid, which uses up one attempt of its address. */
  failed(address: string): void {
    if (this.#burst === 0) return;
    const network = networkOf(address);
    const now = this.#clock.now();
    const wholeAt = Math.max(this.#wholeAt.get(network) ?? now, now) + refillMs;
    this.#wholeAt.set(network, Math.min(wholeAt, now + this.#burst * refillMs), now);
  }

  /** How many entries are kept. It is bounded, however many keys callers show. */
  get remembered(): number {
    return this.#wholeAt.size + this.#good.size + this.#told.size;
  }

  #isGood(address: string, shown: string, now: number): boolean {
    const known = this.#good.get(identity(address, shown));
    return known !== undefined && now - known < goodForMs;
  }
}

function identity(address: string, shown: string): string {
  return `${networkOf(address)} ${shown}`;
}

/** An address as attempts are counted. A caller that has one IPv6 address has the whole /64 around it, so the /64 counts as one. */
function networkOf(address: string): string {
  if (!address.includes(":")) return address;
  const [plain = ""] = address.split("%");
  if (!isIPv6(plain)) return plain;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(plain);
  if (mapped?.[1] !== undefined) return mapped[1];
  const [head = "", tail = ""] = plain.split("::");
  const ahead = head === "" ? [] : head.split(":");
  const behind = tail === "" ? [] : tail.split(":");
  const zeros = Array.from({ length: Math.max(8 - ahead.length - behind.length, 0) }, () => "0");
  const groups = plain.includes("::") ? [...ahead, ...zeros, ...behind] : ahead;
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":");
}
