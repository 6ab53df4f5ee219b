import { type LoggedCall, longestLine, readLoggedCall } from "./logged-call.ts";

/** How many calls are learned from, the latest: a log may be of any length. */
const mostCalls = 200_000;

/** The calls of a log, gathered line by line in bounded memory. */
export class CallHistory {
  /** Lines that are none of a log. */
  broken = 0;
  /** Lines about other things than calls. */
  other = 0;
  /** Calls that were too long ago to be kept. */
  dropped = 0;
  readonly #most: number;
  readonly #calls: LoggedCall[] = [];
  #next = 0;
  /** Names that come again and again are kept once. */
  readonly #names = new Map<string, string>();

  constructor(most = mostCalls) {
    this.#most = most;
  }

  /** Takes a line of the log. An empty one counts as nothing. */
  add(line: string): void {
    if (line.trim() === "") return;
    const call = line.length > longestLine ? "broken" : readLoggedCall(line);
    if (call === "broken") this.broken++;
    else if (call === "other") this.other++;
    else
      this.#keep({
        ...call,
        group: this.#once(call.group),
        tried: call.tried.map((one) => ({ ...one, deployment: this.#once(one.deployment) })),
      });
  }

  /** In the order of their ends. */
  get calls(): readonly LoggedCall[] {
    return this.#calls.toSorted((one, other) => one.endAt - other.endAt);
  }

  #keep(call: LoggedCall): void {
    if (this.#calls.length < this.#most) {
      this.#calls.push(call);
      return;
    }
    this.#calls[this.#next] = call;
    this.#next = (this.#next + 1) % this.#most;
    this.dropped++;
  }

  #once(name: string): string {
    const known = this.#names.get(name);
    if (known !== undefined) return known;
    if (this.#names.size < 10_000) this.#names.set(name, name);
    return name;
  }
}
