import type { Attributes, Histogram, Meter } from "@opentelemetry/api";
import type { Call } from "../../core/call.ts";
import type { AttemptRecord, RouterObserver } from "../../core/observer.ts";
import { genAi, operationOf, providerOf } from "./gen-ai-names.ts";

/** The buckets that the conventions advise. */
const durationBounds = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];
const tokenBounds = [1, 4, 16, 64, 256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216, 67_108_864];

/** Records the conventions' metrics of a client, for each attempt. All attributes come from the configuration, whatever callers send. */
export class CallMeter implements RouterObserver {
  readonly #duration: Histogram;
  readonly #firstChunk: Histogram;
  readonly #tokens: Histogram;

  constructor(meter: Meter) {
    const seconds = { unit: "s", advice: { explicitBucketBoundaries: durationBounds } };
    this.#duration = meter.createHistogram(genAi.durationMetric, { ...seconds, description: "Time of a request to a deployment." });
    this.#firstChunk = meter.createHistogram(genAi.firstChunkMetric, { ...seconds, description: "Time to a stream's first content." });
    this.#tokens = meter.createHistogram(genAi.tokensMetric, {
      unit: "{token}",
      description: "Tokens that were used, as providers reported them or estimated.",
      advice: { explicitBucketBoundaries: tokenBounds },
    });
  }

  attemptEnded({ deployment, outcome }: AttemptRecord, call: Call): void {
    const attributes: Attributes = {
      [genAi.operation]: operationOf(call.endpoint),
      [genAi.provider]: providerOf(deployment.provider),
      // The configured model: under a wildcard the one that is sent is the caller's choice.
      [genAi.requestModel]: deployment.upstreamModel,
      "huntgroup.group": deployment.group,
      "huntgroup.deployment": deployment.id,
    };
    const seconds = outcome.totalMs / 1_000;
    switch (outcome.kind) {
      case "cancelled":
        this.#duration.record(seconds, { ...attributes, [genAi.errorType]: "cancelled" });
        return;
      case "failure":
        this.#duration.record(seconds, { ...attributes, [genAi.errorType]: outcome.error.code });
        return;
      case "success":
        this.#duration.record(seconds, attributes);
        if (outcome.stream) this.#firstChunk.record(outcome.firstTokenMs / 1_000, attributes);
        if (outcome.usage === undefined) return;
        this.#tokens.record(outcome.usage.promptTokens, { ...attributes, [genAi.tokenType]: "input" });
        this.#tokens.record(outcome.usage.outputTokens, { ...attributes, [genAi.tokenType]: "output" });
        return;
    }
  }
}
