import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { eventually } from "../../support/eventually.ts";
import { FaultyHost } from "../../support/faulty-host.ts";
import { PacedClock } from "../../support/paced-clock.ts";
import { Parties } from "../../support/parties.ts";
import type { RunningTestService } from "../../support/start-service.ts";
import { within } from "../../support/within.ts";
import type { Answer } from "./answer.ts";
import { askByMessages } from "./ask-by-messages.ts";
import { askByResponses } from "./ask-by-responses.ts";
import { askByRest } from "./ask-by-rest.ts";
import { buildMatrix, type Cell } from "./cells.ts";
import { type Door, doors, modes, surroundings } from "./dimensions.ts";
import type { Fault } from "./faults.ts";
import { expectedFindings, findings } from "./findings.ts";
import { GrpcCaller } from "./grpc-caller.ts";
import { firstOf, matrixConfig, spareOf } from "./matrix-config.ts";
import { healthy, spareWords } from "./replies.ts";

/** By the clock that all share. Two timeouts and a wait take a quarter of it. */
const longestCallMs = 15_000;
/** Most cells do nothing but wait for a timeout. */
const atOnce = 24;
/** The shortest wait before the same deployment is asked again: half of the first backoff of 0.5 s. */
const leastWaitMs = 250;
const retryAfterMs = 1_000;
const askers = { REST: askByRest, Messages: askByMessages, Responses: askByResponses };

/**
 * Tests every fault through every door, or the given ones, over real sockets: what the caller gets, what the hosts see, what the ledger says afterwards. What
 * must come of them stands in `rules.ts`.
 */
export function describeFaults(what: string, faults: readonly Fault[], through: readonly Door[] = doors): void {
  const { cells, impossible } = buildMatrix(faults, through);
  const light = cells.filter((cell) => cell.fault.heavy !== true);
  const heavy = cells.filter((cell) => cell.fault.heavy === true);

  describe(what, () => {
    const parties = new Parties();
    let host: FaultyHost;
    let service: RunningTestService;
    let grpc: GrpcCaller;
    let clock: PacedClock;

    before(async () => {
      clock = parties.add(new PacedClock(), (party) => party.stop());
      host = parties.add(await FaultyHost.listen(clock), (party) => party.close());
      for (const cell of cells) {
        if (cell.behaviour !== undefined) host.play(firstOf(cell), cell.behaviour);
        host.play(spareOf(cell), healthy(spareWords, cell.mode));
      }
      service = await parties.service(matrixConfig(cells, host), { clock });
      grpc = new GrpcCaller(service.origin);
    });

    after(() => parties.end());

    function call(cell: Cell): Promise<Answer> {
      if (cell.door === "gRPC") return grpc.ask(cell.id, cell.mode);
      return askers[cell.door](service.port, cell.id, cell.mode);
    }

    async function check(cell: Cell): Promise<void> {
      const answer = await within(call(cell), "the call ended", { limitMs: longestCallMs, clock });
      assert.deepEqual(findings(cell, answer, host, service), expectedFindings(cell));
      const [one, again] = host.hits(firstOf(cell));
      // What a closing connection lost is sent again at once.
      if (one === undefined || again === undefined || cell.fault.name === "reset") return;
      const leastMs = cell.fault.told?.retryAfterSeconds === undefined ? leastWaitMs : retryAfterMs;
      assert.ok(again - one >= leastMs, `the same deployment was asked again after ${Math.round(again - one)} ms`);
    }

    test("is whole: every cell is either run or named with the reason why it cannot be", () => {
      assert.equal(cells.length + impossible.length, faults.length * modes.length * through.length * surroundings.length);
      assert.equal(new Set(cells.map((cell) => cell.id)).size, cells.length);
    });

    describe("cell by cell", { concurrency: atOnce }, () => {
      for (const cell of light) test(cell.title, () => check(cell));
      for (const { title, reason } of impossible) test(title, { skip: reason }, () => undefined);
    });

    describe("with what is heavy, one after the other", () => {
      for (const cell of heavy) test(cell.title, () => check(cell));
    });

    test("leaves nothing behind: no attempt is in flight, and no host waits for its client", async () => {
      assert.equal(service.router.inFlight, 0);
      // A connection that lingers after `[DONE]` is dropped after a second.
      await eventually(async () => assert.equal(host.open, 0));
    });
  });
}
