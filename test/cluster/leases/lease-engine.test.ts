import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../../../src/lib/random.ts";
import { leaseHistory } from "../support/lease-history.ts";
import { LeaseWorld, type Plant, type WorldLimits } from "../support/lease-world.ts";

const cases: readonly (readonly [string, WorldLimits])[] = [
  ["rpm 600", { rpm: 600 }],
  ["rpm 6", { rpm: 6 }],
  ["tpm 60,000", { tpm: 60_000 }],
  ["parallel 8", { parallel: 8 }],
];

for (const [name, limits] of cases) {
  test(`4 nodes at full speed share ${name}: never more, and hardly less than one node alone`, async () => {
    const [one, four] = [await servedBy(1, limits), await servedBy(4, limits)];
    assert.ok(four >= one * 0.98, `${four} of ${one}`);
  });
}

test("histories of lost, late, doubled messages, of nodes that are cut off or die, and of a store that stops or begins anew keep to the limits", async () => {
  const kinds = new Set<string>();
  for (let seed = 0; seed < histories; seed++) {
    try {
      const { events } = await leaseHistory(seed);
      for (const event of events) kinds.add(event);
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error });
    }
  }
  assert.equal(kinds.size, 11, [...kinds].join());
});

/** Faults that few histories show are looked for among those that do. */
const plants: readonly (readonly [string, Plant, firstSeed?: number])[] = [
  ["says nothing of what it did by itself", (message) => ({ ...message, told: [] }), 280],
  ["has no share kept for it", (message) => ({ ...message, share: 0 }), 770],
  ["says that it has used less", (message) => ({ ...message, booked: Math.floor(message.booked * 0.9) })],
  ["gives back what it uses", (message) => ({ ...message, returned: message.returned + 1 })],
  ["has not used what it has used", (message) => ({ ...message, credited: message.credited + message.booked })],
  ["never gives back", (message) => ({ ...message, returned: 0 })],
];

for (const [fault, plant, firstSeed = 0] of plants) {
  test(`histories show a node that ${fault}`, async () => {
    await assert.rejects(async () => {
      for (let seed = firstSeed; seed < firstSeed + mostUntilShown; seed++) await leaseHistory(seed, plant);
    });
  });
}

const mostUntilShown = 400;

/** `npm run fuzz -- leases` has more. */
const histories = 100;

/** How many calls so many nodes let through in four minutes, asked far more often than they may. */
async function servedBy(nodes: number, limits: WorldLimits): Promise<number> {
  const world = new LeaseWorld(limits, seededRandom(1));
  for (let count = 0; count < nodes; count++) await world.addNode();
  await world.run(4_000);
  const from = world.bookings.length;
  await world.run(244_000, 10, () => {
    for (let count = 0; count < 16; count++) {
      const node = world.nodes[Math.floor(world.random.next() * nodes)];
      node?.call(200, 100, 50 + world.random.next() * 100);
    }
  });
  return world.bookings.length - from;
}
