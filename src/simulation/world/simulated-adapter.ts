import type { Call } from "../../core/call.ts";
import { RouterError } from "../../core/errors.ts";
import type { TextCount } from "../../core/outcome.ts";
import type { DecodedReply, ProviderAdapter, Quota, StreamDecoder, StreamEvent } from "../../core/provider.ts";
import type { UpstreamHeaders, UpstreamRequest } from "../../core/upstream.ts";
import { type CallWork, workOf } from "./simulated-call.ts";
import { readRecords } from "./wire.ts";

/** A request as the simulated world gets it. */
export interface SimulatedRequest extends UpstreamRequest {
  readonly deploymentId: string;
  readonly work: CallWork;
  readonly isStream: boolean;
}

/** Bytes of text that a token has: what people's prompts in English have. */
export const bytesPerToken = 4;

const nothing = Buffer.alloc(0);
const content: StreamEvent = { kind: "content", format: "openai", bytes: nothing, data: nothing, usage: undefined, error: undefined };
const done: StreamEvent = { kind: "done", format: "openai", bytes: nothing, data: undefined, usage: undefined, error: undefined };

/** Stands in for a deployment's adapter: what goes out leads to the simulated world, and what comes back is read from its records. */
export function simulatedAdapter(deploymentId: string): ProviderAdapter {
  return {
    replyFormat: () => "openai",
    origin: undefined,
    continuation: undefined,
    readText: () => undefined,
    encode(call): SimulatedRequest {
      return {
        method: "POST",
        origin: "",
        path: "",
        headers: {},
        body: [],
        deploymentId,
        work: workOf(call),
        isStream: call.stream,
      };
    },
    decodeReply(call: Call, _headers: UpstreamHeaders, body: Buffer): DecodedReply | RouterError {
      let reply: DecodedReply | undefined;
      readRecords(body, (_kind, outputTokens, cachedTokens) => {
        reply = { format: "openai", body: nothing, usage: usageOf(workOf(call), outputTokens, cachedTokens) };
      });
      return reply ?? new RouterError("upstream_malformed", "The reply is empty.");
    },
    decodeStream: (call) => new RecordDecoder(workOf(call)),
    decodeError(status, headers) {
      const retryAfterMs = numberOf(headers["retry-after-ms"]);
      if (status === 429) return new RouterError("upstream_rate_limited", "The provider's limit is reached.", { retryAfterMs });
      return new RouterError("upstream_error", `The deployment answered with ${status}.`, { retryAfterMs });
    },
    readQuota(headers): Quota | undefined {
      const requests = numberOf(headers["x-left-requests"]);
      const tokens = numberOf(headers["x-left-tokens"]);
      if (requests === undefined && tokens === undefined) return undefined;
      const resetMs = numberOf(headers["x-reset-ms"]);
      return {
        requests: requests === undefined ? undefined : { left: requests, resetMs },
        tokens: tokens === undefined ? undefined : { left: tokens, resetMs },
      };
    },
  };
}

function numberOf(header: string | string[] | undefined): number | undefined {
  return typeof header === "string" ? Number(header) : undefined;
}

function usageOf(work: CallWork, outputTokens: number, cachedTokens: number): NonNullable<StreamEvent["usage"]> {
  return { promptTokens: work.promptTokens, outputTokens, ...(cachedTokens > 0 ? { cachedTokens } : {}) };
}

class RecordDecoder implements StreamDecoder {
  readonly heard: TextCount = { pieces: 0, bytes: 0 };
  readonly #work: CallWork;

  constructor(work: CallWork) {
    this.#work = work;
  }

  push(chunk: Buffer, emit: (event: StreamEvent) => void): void {
    readRecords(chunk, (kind, first, second) => {
      if (kind === "progress") {
        this.heard.pieces += first;
        this.heard.bytes += first * bytesPerToken;
        emit(content);
        return;
      }
      emit({ ...content, kind: "finish", usage: usageOf(this.#work, first, second) });
      emit(done);
    });
  }

  end(): void {
    // A chunk holds whole records alone.
  }
}
