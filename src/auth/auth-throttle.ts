import { isIPv6 } from "node:net";
import type { Clock } from "../lib/clock.ts";
import { RecentTimes } from "../lib/recent-times.ts";

export interface AuthThrottleOptions {
  readonly clock: Clock;
  /** Keys that are not valid which an address may show at once. 0: any number. */
  readonly burst: number;
  /** What limiters on all threads remember; undefined: this one is alone. */
  readonly memory?: AuthThrottleMemory | undefined;
}

/** A store of moments by name. */
interface Times {
  get(name: string): number | undefined;
  set(name: string, time: number, now: number): void;
  readonly size: number;
}

export interface AuthThrottleMemory {
  /** When an address has all of its attempts again. */
  readonly wholeAt: Times;
  /** When a key was last valid from an address. */
  readonly good: Times;
}

/** One more attempt every 3 s: 20 a minute, which no guessing gets anywhere with, and which a person who mends a script does not feel. */
const refillMs = 3_000;
/** How long a key that was valid is known to be good from where it came. */
const goodForMs = 600_000;
/** Looked at again only after so long, so that a busy key costs no bookkeeping. */
const goodRefreshMs = 60_000;
/** Addresses and good keys that are remembered; the ones touched longest ago are forgotten first. */
export const mostRemembered = 10_000;

/**
 * Slows down those who guess keys, by their address. Behind one address (a shared proxy, an office) there may be many callers, so an address
 * that has used up its attempts is not closed altogether: a key that was valid from there within the last 10 minutes still is looked at.
 * All others wait, right or wrong, so that the wait gives away nothing: one bad client does not lock out the good ones, and a guesser
 * cannot tell a hit from a miss.
 */
export class AuthThrottle {
  readonly #clock: Clock;
  readonly #burst: number;
  readonly #wholeAt: Times;
  readonly #good: Times;
  /** What this limiter itself told {@link #good} last of a key: most keys come from one address, again and again. */
  readonly #told = new Map<string, { readonly address: string; readonly at: number }>();

  constructor({ clock, burst, memory }: AuthThrottleOptions) {
    this.#clock = clock;
    this.#burst = burst;
    this.#wholeAt = memory?.wholeAt ?? new RecentTimes(mostRemembered);
    this.#good = memory?.good ?? new RecentTimes(mostRemembered);
  }

  /**
   * @param shown Stands for what was shown: its digest.
   * @returns Milliseconds until what is shown from this address will be looked at again; 0: now.
   */
  waitMs(address: string, shown: string): number {
    const wholeAt = this.#wholeAt.get(networkOf(address));
    if (wholeAt === undefined) return 0;
    const now = this.#clock.now();
    const waitMs = wholeAt - now - (this.#burst - 1) * refillMs;
    return waitMs <= 0 || this.#isGood(address, shown, now) ? 0 : Math.ceil(waitMs);
  }

  /** A key was valid. */
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

  /** A key was not valid. */
  failed(address: string): void {
    if (this.#burst === 0) return;
    const network = networkOf(address);
    const now = this.#clock.now();
    const wholeAt = Math.max(this.#wholeAt.get(network) ?? now, now) + refillMs;
    this.#wholeAt.set(network, Math.min(wholeAt, now + this.#burst * refillMs), now);
  }

  /** Entries kept: bounded whatever happens. */
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

/** Whoever has one IPv6 address has the whole /64 that it is in. */
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
