import type { ForeignRequest } from "../../../core/call.ts";
import { eventStreamType } from "../../kit/event-stream/frame-decoder.ts";
import { isForHeader } from "../../kit/claude/betas.ts";
import type { NativeTarget } from "./native-host.ts";

type Headers = Readonly<Record<string, string>>;

const betaHeader = "anthropic-beta";
const versionHeader = "anthropic-version";
/** Heads that are kept: callers have the same few, and the upstream knows a head again that was written before. */
const mostHeads = 64;
const longestKey = 4_096;

/** Writes the headers of requests to one deployment: its own, and those of the caller's that are Anthropic's. */
export class RequestHeaders {
  readonly #target: NativeTarget;
  readonly #heads = new Map<string, Headers>();

  constructor(target: NativeTarget) {
    this.#target = target;
  }

  /** @param betas What goes into the header, joined from all who ask for betas. */
  of(foreign: ForeignRequest, stream: boolean, betas: readonly string[]): Headers {
    const key = this.#keyOf(foreign, stream, betas);
    const known = this.#heads.get(key);
    if (known !== undefined) return known;
    const headers = this.#write(this.#ofCaller(foreign), stream, betas);
    if (this.#heads.size >= mostHeads) this.#heads.clear();
    if (key.length <= longestKey) this.#heads.set(key, headers);
    return headers;
  }

  /** No header holds a line break. */
  #keyOf({ headers }: ForeignRequest, stream: boolean, betas: readonly string[]): string {
    let key = stream ? "stream" : "whole";
    for (const name of betas) key += `\n${name}`;
    for (const name in headers) if (this.#isTaken(name)) key += `\n${name}:${headers[name] ?? ""}`;
    return key;
  }

  #write(own: Headers, stream: boolean, betas: readonly string[]): Headers {
    const { host, framesEvents } = this.#target;
    const { [betaHeader]: _configured, ...configured } = host.headers;
    const streamType = framesEvents === true ? eventStreamType : "text/event-stream";
    const version = own[versionHeader];
    return {
      "content-type": "application/json",
      "user-agent": "huntgroup",
      accept: stream ? streamType : "application/json",
      "accept-encoding": "identity",
      // What the deployment is configured with wins: an account's workspace is not for callers to choose where its operator did.
      ...own,
      ...configured,
      ...(version === undefined ? {} : { [versionHeader]: version }),
      ...(betas.length === 0 ? {} : { [betaHeader]: betas.join(",") }),
    };
  }

  /** Anthropic gets all headers that are its own; others its version alone, and none where that stands in the body. */
  #ofCaller({ headers }: ForeignRequest): Headers {
    return Object.fromEntries(Object.entries(headers).filter(([name]) => this.#isTaken(name)));
  }

  #isTaken(name: string): boolean {
    const { betas, bodyVersion } = this.#target;
    if (bodyVersion !== undefined || !name.startsWith("anthropic-") || name === betaHeader) return false;
    return betas === undefined || name === versionHeader;
  }
}

/** The betas that go into the header: all, or where the body has a place for them, those that the host takes in the header alone. */
export function headerBetas(target: NativeTarget, kept: readonly string[], searches: boolean): readonly string[] {
  if (target.bodyVersion === undefined) return kept;
  const named = kept.filter((name) => isForHeader(name, target.betas));
  // Vertex AI wants the beta of the search in the web there.
  return target.betas === "vertex" && searches ? [...named, webSearchBeta] : named;
}

const webSearchBeta = "web-search-2025-03-05";
