import type { Call } from "../../src/core/call.ts";
import { RouterError } from "../../src/core/errors.ts";
import type { DecodedReply, ProviderAdapter, Quota, StreamDecoder, StreamEvent } from "../../src/core/provider.ts";
import type { UpstreamHeaders, UpstreamRequest } from "../../src/core/upstream.ts";

/**
 * The simplest wire format there can be, for tests of the core: a stream's events are lines, whose first word is their kind.
 * `content …`, `preamble`, `finish`, `done`, `error …`, anything else is `other`.
 */
export function fakeAdapter(host: string): ProviderAdapter {
  return {
    replyFormat: () => "openai",
    origin: `http://${host}`,
    readText: (event) => (event.bytes.includes(" tool") ? undefined : event.bytes.toString().replaceAll(/^content |\n$/g, "")),
    continuation: {
      resume: (call, { text, from, by }) => ({
        call: { ...call, body: { bytes: Buffer.from(`resume after ${text}`), members: [] } },
        continued: (event) => [
          event.kind === "finish" ? { ...event, bytes: Buffer.from(`finish resumed from ${from} by ${by}\n`) } : event,
        ],
      }),
    },
    encode: (call: Call, upstreamModel: string): UpstreamRequest => ({
      method: "POST",
      origin: `http://${host}`,
      path: `/${upstreamModel}`,
      headers: {},
      body: [call.body.bytes],
    }),
    decodeReply(_call: Call, _headers: UpstreamHeaders, body: Buffer): DecodedReply | RouterError {
      if (body.length === 0) return new RouterError("upstream_malformed", "empty");
      const usage = /"prompt_tokens":(\d+),"completion_tokens":(\d+)/.exec(body.toString());
      return {
        format: "openai",
        body,
        usage: usage === null ? undefined : { promptTokens: Number(usage[1]), outputTokens: Number(usage[2]) },
      };
    },
    decodeStream: () => new LineDecoder(),
    readQuota(headers: UpstreamHeaders): Quota | undefined {
      const requests = headers["x-left"];
      return requests === undefined ? undefined : { requests: { left: Number(requests), resetMs: 10_000 }, tokens: undefined };
    },
    decodeError(status: number, headers: UpstreamHeaders): RouterError {
      const seconds = headers["retry-after"];
      const retryAfterMs = seconds === undefined ? undefined : Number(seconds) * 1_000;
      return new RouterError(codeOf(status), `status ${status}`, { retryAfterMs });
    },
  };
}

function codeOf(status: number): RouterError["code"] {
  if (status === 401) return "upstream_auth";
  if (status === 404) return "upstream_not_found";
  if (status === 429) return "upstream_rate_limited";
  return status >= 500 ? "upstream_error" : "invalid_request";
}

class LineDecoder implements StreamDecoder {
  readonly heard = { pieces: 0, bytes: 0 };
  #rest = "";

  push(chunk: Buffer, emit: (event: StreamEvent) => void): void {
    const lines = (this.#rest + chunk.toString()).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) {
      const event = eventOf(line);
      if (event.kind === "content") {
        this.heard.pieces++;
        this.heard.bytes += Buffer.byteLength(line) - "content ".length;
      }
      emit(event);
    }
  }

  end(emit: (event: StreamEvent) => void): void {
    if (this.#rest !== "") emit(eventOf(this.#rest));
  }
}

function eventOf(line: string): StreamEvent {
  const word = line.split(" ")[0];
  const kind = word === "content" || word === "preamble" || word === "finish" || word === "done" || word === "error" ? word : "other";
  const error = kind === "error" ? new RouterError("upstream_error", line) : undefined;
  return { kind, format: "openai", bytes: Buffer.from(`${line}\n`), data: Buffer.from(line), usage: undefined, error };
}
