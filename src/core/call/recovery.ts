import type { Call } from "../call.ts";
import type { RouterError } from "../errors.ts";
import type { Demand } from "../pick/demand.ts";
import type { ResumedAnswer, StreamEvent } from "../provider.ts";
import type { RoutedDeployment } from "../table/routed-deployment.ts";

/**
 * What it takes to go on with a stream that was cut after its first content: the text that the caller has, from which another deployment
 * of the group goes on.
 */
export class Recovery {
  /** What the caller has of the answer; undefined once it is more than text, which no deployment can go on with. */
  #text: string | undefined = "";
  #cut: RouterError | undefined;
  #cuts = 0;
  #pieces = 0;
  #sample: Buffer | undefined;
  #resumed: ResumedAnswer | undefined;

  /** Whether it still has to hear each piece of text by itself. */
  get isListening(): boolean {
    return this.#text !== undefined;
  }

  /** Whether there is an answer to go on with. */
  get isPossible(): boolean {
    return this.#text !== undefined && this.#text !== "";
  }

  /** The first cut: what the caller hears when no deployment goes on. Undefined while the stream was not cut. */
  get cut(): RouterError | undefined {
    return this.#cut;
  }

  /** Takes in an event of kind `content` that the caller gets. */
  hear(event: StreamEvent, entry: RoutedDeployment): void {
    if (this.#text === undefined) return;
    const text = entry.deployment.adapter.readText(event);
    this.#text = text === undefined ? undefined : this.#text + text;
    if (text !== undefined && text !== "") this.#pieces++;
    // A copy: the stream's first packet is not kept for it.
    this.#sample ??= event.data === undefined ? undefined : Buffer.from(event.data);
  }

  /**
   * Narrows a demand to the deployments that can go on with the answer, in the format that the caller's stream began in.
   * @param cut The deployment whose stream was cut.
   */
  demandOf(plain: Demand, cut: RoutedDeployment, call: Call): Demand {
    const format = cut.deployment.adapter.replyFormat(call);
    const isAble = (entry: RoutedDeployment): boolean => {
      const { adapter } = entry.deployment;
      const goesOn = adapter.continuation !== undefined && adapter.replyFormat(call) === format;
      return goesOn && (plain.tagFilter?.(entry) ?? true);
    };
    return { ...plain, tagFilter: isAble };
  }

  /**
   * The request that has a deployment go on from what the caller has; undefined where it cannot be made.
   * @param from The deployment whose stream was cut.
   */
  callFor(entry: RoutedDeployment, call: Call, from: string): Call | undefined {
    if (this.#text === undefined) return undefined;
    const begun = { text: this.#text, pieces: this.#pieces, cuts: this.#cuts + 1, sample: this.#sample, from, by: entry.id };
    this.#resumed = entry.deployment.adapter.continuation?.resume(call, begun);
    return this.#resumed?.call;
  }

  /** The answer that {@link callFor} was asked for last. */
  get resumed(): ResumedAnswer | undefined {
    return this.#resumed;
  }

  /** Another deployment goes on. */
  noteCut(error: RouterError): void {
    this.#cut ??= error;
    this.#cuts++;
  }
}
