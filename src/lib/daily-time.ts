/** A clock that is set back names a day's end once more: no day is shorter than this after another. */
export const shortestDayMs = 12 * 3_600_000;

const dayMs = 86_400_000;
const minuteMs = 60_000;

/** A time of day at which something begins anew: midnight in Los Angeles, half past four in UTC. */
export class DailyTime {
  readonly #atMs: number;
  /** Undefined for UTC. */
  readonly #format: Intl.DateTimeFormat | undefined;

  /**
   * @param minute Minutes since midnight.
   * @param zone An IANA name or an offset (`+02:00`). Throws a RangeError where there is no such zone.
   */
  constructor(minute: number, zone = "UTC") {
    this.#atMs = minute * minuteMs;
    this.#format =
      zone === "UTC"
        ? undefined
        : new Intl.DateTimeFormat("en-US", {
            timeZone: zone,
            hourCycle: "h23",
            year: "numeric",
            month: "numeric",
            day: "numeric",
            hour: "numeric",
            minute: "numeric",
            second: "numeric",
          });
  }

  /** Milliseconds until the next one, more than 0. @param wallTime Milliseconds since the Unix epoch. */
  msUntilNext(wallTime: number): number {
    const local = wallTime + this.#offsetAt(wallTime);
    const turns = Math.floor((local - this.#atMs) / dayMs);
    // The day before a clock goes forward or back ends by the offset after that.
    for (let turn = turns; ; turn++) {
      const moment = turn * dayMs + this.#atMs;
      const next = moment - this.#offsetAt(moment - this.#offsetAt(moment));
      if (next > wallTime) return next - wallTime;
    }
  }

  #offsetAt(wallTime: number): number {
    if (this.#format === undefined) return 0;
    const whole = Math.floor(wallTime / 1_000) * 1_000;
    const at = new Map<string, number>();
    for (const { type, value } of this.#format.formatToParts(whole)) at.set(type, Number(value));
    const part = (type: Intl.DateTimeFormatPartTypes): number => at.get(type) ?? 0;
    return Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second")) - whole;
  }
}

/** Milliseconds until a month begins in UTC. @param wallTime Milliseconds since the Unix epoch. */
export function msUntilNextMonth(wallTime: number): number {
  const now = new Date(wallTime);
  return Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1) - wallTime;
}
