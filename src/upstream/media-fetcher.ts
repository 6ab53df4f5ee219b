import { lookup } from "node:dns/promises";
import type { Call } from "../core/call.ts";
import { RouterError } from "../core/errors.ts";
import type { MediaFetch, MediaFetcher } from "../core/upstream.ts";
import { type AddressedPart, addressedParts } from "../formats/kit/chat/addressed-media.ts";
import { mediaTypeOf } from "../formats/kit/chat/media-type.ts";
import type { Clock } from "../lib/clock.ts";
import { scanMembers, spliceObject } from "../lib/json/json-splice.ts";
import { download, type DownloadDeps, DownloadRefused } from "./media-download.ts";
import { isPublicAddress } from "./public-address.ts";

/** Bytes of all parts of a call together. */
const mostBytes = 20 * 1024 * 1024;
/** Parts of a call that are fetched, each address once. */
const mostParts = 8;
const longestMs = 10_000;
/** Of each byte there are the byte, its base64, and the request that holds that. */
const heldForEach = 4;

const usualDeps: DownloadDeps = {
  resolve: async (host) => (await lookup(host, { all: true })).map(({ address }) => address),
  isPublic: isPublicAddress,
};

/** Fetches what calls name by address (`general_settings.fetch_media`), for deployments that fetch nothing themselves. */
export class MediaDownloads implements MediaFetcher {
  /** Whether anything is fetched. */
  isOn: boolean;
  readonly #clock: Clock;
  readonly #deps: DownloadDeps;

  constructor(isOn: boolean, clock: Clock, deps: DownloadDeps = usualDeps) {
    this.isOn = isOn;
    this.#clock = clock;
    this.#deps = deps;
  }

  placesIn(call: Call): ReadonlySet<string> | undefined {
    if (!this.isOn || call.endpoint !== "chat" || call.foreign !== undefined || !call.body.bytes.includes('"http')) return undefined;
    const parts = addressedParts(messagesOf(call));
    return parts.length === 0 ? undefined : new Set(parts.map(({ path }) => path));
  }

  fetch(call: Call, withinMs: number, done: (fetched: Call | RouterError) => void): MediaFetch {
    const abort = new AbortController();
    let isOver = false;
    const end = (fetched: Call | RouterError): void => {
      if (isOver) return;
      isOver = true;
      this.#clock.cancel(timer);
      abort.abort();
      done(fetched);
    };
    const messages = messagesOf(call);
    const parts = addressedParts(messages);
    const timer = this.#clock.schedule(Math.min(withinMs, longestMs), () => end(refusal(parts[0]?.path, "could not be fetched in time")));
    void this.#fetchAll(call, parts, abort.signal).then(
      () => end(withMessages(call, messages)),
      (error: unknown) =>
        end(error instanceof RouterError ? error : new RouterError("internal", "A part could not be fetched.", { cause: error })),
    );
    return {
      cancel: () => {
        isOver = true;
        this.#clock.cancel(timer);
        abort.abort();
      },
    };
  }

  /** Fetches each address once, all at the same time. Throws the RouterError of the first that can't be had. */
  async #fetchAll(call: Call, parts: readonly AddressedPart[], signal: AbortSignal): Promise<void> {
    const byUrl = Map.groupBy(parts, ({ url }) => url);
    if (byUrl.size > mostParts)
      throw refusal(parts[mostParts]?.path, `is one of ${byUrl.size} addresses; ${mostParts} are fetched at most`);
    let left = mostBytes;
    const onBytes = (bytes: number): void => {
      const refused = call.intake?.hold(bytes * heldForEach);
      if (refused !== undefined) throw refused;
      left -= bytes;
    };
    const bounds = { signal, onBytes, most: () => left };
    await Promise.all(
      [...byUrl].map(async ([url, named]) => {
        try {
          put(await download(url, this.#deps, bounds), named);
        } catch (error) {
          throw error instanceof DownloadRefused ? refusal(named[0]?.path, error.message) : error;
        }
      }),
    );
  }
}

/** Puts content in the place of its address. What it is, its bytes tell alone. */
function put(content: Buffer, parts: readonly AddressedPart[]): void {
  const data = content.toString("base64");
  for (const part of parts) {
    const mediaType = mediaTypeOf({ kind: "image", source: { kind: "data", mediaType: undefined, data } });
    if (mediaType === undefined || !part.kinds.includes(kindOf(mediaType)))
      throw new DownloadRefused(`is no ${part.kinds.join(" or ")} by its bytes`);
    part.put(mediaType, data);
  }
}

function kindOf(mediaType: string): AddressedPart["kinds"][number] {
  const [main] = mediaType.split("/");
  return main === "image" || main === "audio" || main === "video" ? main : "document";
}

function messagesOf({ body }: Call): unknown {
  const member = body.members.findLast(({ key }) => key === "messages");
  return member === undefined ? undefined : (JSON.parse(body.bytes.toString("utf8", member.valueStart, member.valueEnd)) as unknown);
}

function withMessages(call: Call, messages: unknown): Call {
  const set = new Map([["messages", Buffer.from(JSON.stringify(messages))]]);
  const bytes = Buffer.concat(spliceObject(call.body, { set }));
  return { ...call, body: { bytes, members: scanMembers(bytes) } };
}

function refusal(path: string | undefined, why: string): RouterError {
  return new RouterError("invalid_request", `${path ?? "A part"} ${why}.`, { param: path });
}
