import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Call } from "../../../src/core/call.ts";
import type { Refusal } from "../../../src/inbound/inbound-observer.ts";
import { casesKey, casesMaxBytes, grpcCases, type GrpcCase } from "../../support/grpc-cases.ts";
import { rawExchange, type RawAnswer } from "../../support/raw-exchange.ts";
import { listening, type ListeningRpc } from "../../support/rpc-fixture.ts";
import { ScriptedRouter } from "../../support/scripted-router.ts";

/** A server, and all that can be seen of what it does. */
class Side {
  readonly router = new ScriptedRouter({ kind: "hang" });
  readonly #grpcFastPath: boolean;
  #server: ListeningRpc | undefined;
  #refusals: Refusal[] = [];
  #errors: unknown[] = [];

  constructor(fastPath: boolean) {
    this.#grpcFastPath = fastPath;
  }

  async start(): Promise<void> {
    this.#server = await listening(this.router, {
      grpcFastPath: this.#grpcFastPath,
      masterKey: casesKey,
      readMaxBytes: casesMaxBytes,
      observer: { refused: (refusal) => this.#refusals.push(refusal) },
      onInternalError: (error) => this.#errors.push(error),
    });
  }

  async stop(): Promise<void> {
    await this.#server?.[Symbol.asyncDispose]();
  }

  async serve({ request, path, script, hangsUp }: Required<GrpcCase>): Promise<object> {
    const { router } = this;
    this.#refusals = [];
    this.#errors = [];
    router.script = script;
    router.calls.length = 0;
    router.cancelled.length = 0;
    const cancelled = router.nextCancel();
    const hangUp = hangsUp ? { hangUp: called(router) } : {};
    const answer = await rawExchange(this.#server?.http2Port ?? 0, { ...request, path, ...hangUp });
    // Only the server knows when it has heard of it.
    if (hangsUp) await cancelled;
    return {
      // How much of an answer meets a caller that hangs up is chance.
      answer: readable(hangsUp ? { ...answer, body: "" } : answer),
      calls: router.calls.map(told),
      cancelled: router.cancelled.length,
      refusals: this.#refusals.map(({ callId, ...others }) => ({ ...others, hasId: callId !== undefined })),
      errors: this.#errors.map(String),
    };
  }
}

async function called(router: ScriptedRouter): Promise<void> {
  while (router.calls.length === 0) await new Promise((resolve) => setImmediate(resolve));
}

/** Without the moments, which differ, and with the ids only where they are the caller's own. */
function told({ body, arrivedAt: _arrivedAt, deadline, id, ...others }: Call): object {
  return { ...others, id: id.replace(/^call-\d+$/, "given"), hasDeadline: deadline !== undefined, body: body.bytes.toString() };
}

function readable({ headers: { "grpc-encoding": _encoding, ...headers }, trailers, ...others }: RawAnswer): object {
  // The library packs messages over 1 KB where the caller can unpack them, and says so before it knows their size; the fast path packs none.
  return { ...others, headers: withoutIds(headers), trailers: withoutIds(trailers) };
}

function withoutIds(headers: RawAnswer["headers"]): object {
  const entries = Object.entries(headers);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, typeof value === "string" ? value.replace(/^call-\d+$/, "given") : value]),
  );
}

describe("the fast path and the library do the same with", () => {
  const fastPath = new Side(true);
  const library = new Side(false);
  before(async () => {
    await fastPath.start();
    await library.start();
  });
  after(async () => {
    await fastPath.stop();
    await library.stop();
  });

  for (const one of grpcCases) {
    test(one.name, async () => {
      const [seen, expected] = await Promise.all([fastPath.serve(one), library.serve(one)]);
      assert.deepEqual(seen, expected);
    });
  }
});
