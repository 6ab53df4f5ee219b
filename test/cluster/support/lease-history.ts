import { exponential, randomInt, seededRandom } from "../../../src/lib/random.ts";
import { LeaseWorld, type LeaseNode, type Plant, type WorldLimits } from "./lease-world.ts";

const stepMs = 50;

/** What a history went through, for those who want to know that all of it occurs. */
export interface HistoryReport {
  readonly calls: number;
  readonly events: readonly string[];
}

/**
 * One random history of nodes that share a limit: messages are lost, late, doubled and out of order, nodes are cut off and die, the store stops, begins
 * anew empty or with an old state, and clocks are off. Throws where a limit does not hold, and where in the end something of it is stranded.
 * @param plant A fault in what the nodes say.
 */
export async function leaseHistory(seed: number, plant: Plant = (message) => message): Promise<HistoryReport> {
  const random = seededRandom(seed);
  const limits = anyLimits(random.next(), random);
  const world = new LeaseWorld(limits, random, {
    lost: random.next() < 0.5 ? 0 : random.next() * 0.3,
    doubled: random.next() < 0.5 ? 0 : random.next() * 0.3,
    meanDelayMs: random.next() < 0.5 ? 1 : random.next() * 200,
  });
  world.nodeTtlMs = 120_000;
  world.plant = plant;
  world.storeOffMs = (random.next() - 0.5) * 10_000;
  const events: string[] = [];
  for (let count = 1 + randomInt(random, 4); count > 0; count--) await world.addNode();
  const pace = exponential(random, 6);
  const isLong = random.next() < 0.1;
  let restMs = 1_000 + random.next() * (isLong ? 200_000 : 30_000);
  let run = 0;
  while (restMs > 0) {
    const ms = Math.min(exponential(random, isLong ? 30_000 : 5_000), restMs, 90_000);
    restMs -= ms;
    await world.run(ms, stepMs, () => traffic(world, pace));
    const node = world.nodes[randomInt(random, world.nodes.length)];
    const event = anyEvents[randomInt(random, anyEvents.length)] ?? "none";
    events.push(event);
    if (event === "restart empty" || event === "restart old") run++;
    await happen(event, world, node, run);
  }
  await heal(world);
  const before = world.bookings.length;
  // What was kept for the dead is free when their time is over, and what was booked has left the window.
  await world.run(world.nodeTtlMs + 66_000, 500);
  await world.run(61_000, stepMs, () => hunger(world));
  assertNothingStranded(world, before);
  return { calls: world.bookings.length, events };
}

const anyEvents = [
  "none",
  "cut",
  "join again",
  "kill",
  "new node",
  "store down",
  "store up",
  "restart empty",
  "restart old",
  "noise",
  "quiet",
] as const;
type Event = (typeof anyEvents)[number];

async function happen(event: Event, world: LeaseWorld, node: LeaseNode | undefined, run: number): Promise<void> {
  const { random } = world;
  switch (event) {
    case "cut":
      if (node !== undefined && !node.isCut) {
        node.isCut = true;
        node.cutAt = world.clock.now();
      }
      return;
    case "join again":
      for (const one of world.nodes) if (!one.isDead) one.isCut = false;
      return;
    case "kill":
      if (world.nodes.filter(({ isDead }) => !isDead).length > 1) node?.kill();
      return;
    case "new node":
      if (world.nodes.length < 8) await world.addNode();
      return;
    case "store down":
    case "store up":
      world.isStoreUp = event === "store up";
      return;
    case "restart empty":
    case "restart old":
      // Nodes that know the store are to tell it: where none can, a node that is new takes it for one that is new, too.
      if (event === "restart empty" && !world.nodes.some((one) => !one.isCut && !one.engine.status.isAlone)) return;
      // One that was cut off before another joined counts on a larger share than the others keep for it then.
      if (event === "restart empty" && world.nodes.some((cut) => cut.isCut && world.nodes.some((one) => one.joinedAt > cut.cutAt))) return;
      if (event === "restart empty") world.faults = { lost: 0, doubled: 0, meanDelayMs: 1 };
      world.store.restart(`run-${run}`, event === "restart empty");
      world.storeOffMs = (random.next() - 0.5) * 10_000;
      return;
    case "noise":
      world.faults = { lost: random.next() * 0.5, doubled: random.next() * 0.5, meanDelayMs: random.next() * 400 };
      return;
    case "quiet":
      world.faults = { lost: 0, doubled: 0, meanDelayMs: 1 };
      return;
    case "none":
      return;
    default:
      event satisfies never;
  }
}

async function heal(world: LeaseWorld): Promise<void> {
  world.isStoreUp = true;
  world.faults = { lost: 0, doubled: 0, meanDelayMs: 1 };
  for (const node of world.nodes) if (!node.isDead) node.isCut = false;
  if (world.nodes.every(({ isDead }) => isDead)) await world.addNode();
  await world.run(1_000, stepMs);
}

function traffic(world: LeaseWorld, pace: number): void {
  const { random } = world;
  // A node that is cut off for longer than its share is kept is held for dead, and is.
  for (const node of world.nodes) if (node.isCut && world.clock.now() - node.cutAt > world.nodeTtlMs - 10_000) node.kill();
  for (let left = pace * random.next() * 2; left > 0; left--) {
    if (random.next() > left) continue;
    call(world, world.nodes[randomInt(random, world.nodes.length)]);
  }
}

function call(world: LeaseWorld, node: LeaseNode | undefined): boolean {
  const { random } = world;
  const tokens = 20 + randomInt(random, 190);
  return node?.call(tokens, Math.floor(tokens * random.next()), 10 + exponential(random, 2_000)) === true;
}

/** Each node takes what it can. */
function hunger(world: LeaseWorld): void {
  for (const node of world.nodes) {
    if (node.isDead) continue;
    for (let count = 0; count < 20 && call(world, node); count++);
  }
}

function assertNothingStranded(world: LeaseWorld, before: number): void {
  const { rpm, tpm, parallel } = world.limits;
  const served = world.bookings.slice(before);
  const tokens = served.reduce((sum, booking) => sum + booking.tokens, 0);
  const isEnough =
    (rpm === undefined || served.length >= Math.floor(rpm * 0.98)) &&
    (tpm === undefined || tokens >= tpm * 0.98 - 400) &&
    (parallel === undefined || world.most.parallel >= Math.min(parallel, 2));
  if (!isEnough)
    throw new Error(`stranded: ${served.length} calls with ${tokens} tokens in the end, limits ${JSON.stringify(world.limits)}`);
}

function anyLimits(choice: number, random: { next(): number }): WorldLimits {
  if (choice < 0.3) return { rpm: 1 + Math.floor(random.next() * 20) };
  if (choice < 0.5) return { rpm: 20 + Math.floor(random.next() * 500) };
  if (choice < 0.75) return { tpm: 2_000 + Math.floor(random.next() * 50_000) };
  return { parallel: 1 + Math.floor(random.next() * 12) };
}
