import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Call } from "../../../src/core/call.ts";
import type { Deployment } from "../../../src/core/deployment.ts";
import { RouterError } from "../../../src/core/errors.ts";
import { toldUsd } from "../../../src/core/keys/told-usd.ts";
import type { CallRecord } from "../../../src/core/observer.ts";
import { AccessLine } from "../../../src/telemetry/log/access-line.ts";

// Often the same ones, since what is said of one call is remembered for the next.
const text = fc.oneof(fc.constantFrom("a", "b"), fc.string({ unit: "binary" }));
const number = fc.oneof(fc.double(), fc.nat(), fc.double({ min: 0, max: 1e7, noNaN: true }));
const maybe = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> => fc.option(value, { nil: undefined });
const upstream = { message: "", type: undefined, param: undefined, code: undefined };

const record = fc.record({
  call: fc.record({
    id: text,
    model: text,
    inboundProtocol: fc.constantFrom("rest", "grpc"),
    endpoint: fc.constant("chat"),
    stream: fc.boolean(),
    caller: maybe(fc.record({ name: text })),
    session: maybe(text),
  }),
  group: text,
  deployment: maybe(fc.record({ id: text })),
  error: maybe(number.map((status) => new RouterError("upstream_error", "no", { upstream: { ...upstream, status } }))),
  startedAt: fc.double({ min: 0, max: 1e12, noNaN: true }),
  endedAt: fc.double({ min: 0, max: 1e12, noNaN: true }),
  attempts: fc.nat(),
  retries: fc.nat(),
  fallbacks: fc.nat(),
  firstTokenMs: maybe(number),
  queuedMs: number,
  overheadMs: number,
  usage: maybe(
    fc.record({ promptTokens: number, outputTokens: number, cachedTokens: maybe(number), images: maybe(number), seconds: maybe(number) }),
  ),
  trace: fc.array(fc.record({ deploymentId: text, group: text, outcome: fc.constantFrom("success", "upstream_error"), ms: number })),
  costUsd: maybe(number),
  adjusted: maybe(fc.array(text)),
});

const rounded = (ms: number | undefined): number | undefined => (ms === undefined ? undefined : Math.round(ms * 1_000) / 1_000);

const clean = (given: string): string => `clean ${given}`;

test("a line says of any call what JSON.stringify would", () => {
  const [plain, withClues] = [new AccessLine(clean, false, undefined), new AccessLine(clean, true, undefined)];
  fc.assert(
    fc.property(record, fc.boolean(), fc.constantFrom("success", "timeout"), fc.boolean(), (told, byItsName, outcome, hasClues) => {
      const { call, error, usage } = told;
      const model = byItsName ? told.group : call.model;
      const made = (hasClues ? withClues : plain).of(
        {
          ...told,
          call: { ...call, model } as unknown as Call,
          deployment: told.deployment as Deployment | undefined,
        } satisfies CallRecord,
        outcome,
      );
      const shown = model === told.group ? model : `clean ${model}`;
      const expected = {
        kind: "access",
        call_id: `clean ${call.id}`,
        door: call.inboundProtocol,
        endpoint: call.endpoint,
        key_name: call.caller?.name,
        model: model !== told.group && shown.length > 200 ? `${shown.slice(0, 200)}…` : shown,
        group: told.group,
        deployment: told.deployment?.id,
        stream: call.stream,
        outcome,
        session: call.session === undefined || !hasClues ? undefined : `clean ${call.session}`,
        code: error?.code,
        upstream_status: error?.upstream?.status,
        attempts: told.attempts,
        retries: told.retries,
        fallbacks: told.fallbacks,
        adjusted: told.adjusted?.map((name) => `clean ${name}`),
        prompt_tokens: usage?.promptTokens,
        output_tokens: usage?.outputTokens,
        images: usage?.images,
        audio_seconds: usage?.seconds,
        cost_usd: told.costUsd === undefined ? undefined : toldUsd(told.costUsd),
        total_ms: rounded(told.endedAt - told.startedAt),
        first_token_ms: rounded(told.firstTokenMs),
        queue_ms: rounded(told.queuedMs),
        overhead_ms: rounded(told.overheadMs),
        ...(hasClues && {
          cached_tokens: usage?.cachedTokens,
          tried:
            told.trace.length === 0
              ? undefined
              : told.trace.map(({ deploymentId, outcome: how, ms }) => ({ deployment: deploymentId, outcome: how, ms: rounded(ms) })),
        }),
      };
      // As numbers: "0" and "-0" are the same.
      assert.deepEqual(JSON.parse(`{${made}}`), JSON.parse(JSON.stringify(expected)));
      assert.deepEqual(Object.keys(JSON.parse(`{${made}}`) as object), Object.keys(JSON.parse(JSON.stringify(expected)) as object));
    }),
    { numRuns: 2_000 },
  );
});
