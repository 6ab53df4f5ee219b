/** Chance, handed in: see {@link Clock} for why. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
}

/** The platform's chance; not for secrets. */
export const systemRandom: Random = { next: () => Math.random() };

/**
 * A small deterministic generator (mulberry32): the same seed gives the same sequence on every machine.
 * For tests, the mock provider and the simulator; not for secrets.
 */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return {
    next() {
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
    },
  };
}

/** The time until the next of things that come independently of each other, in the unit of their mean (exponentially distributed). */
export function exponential(random: Random, mean: number): number {
  return -Math.log(1 - random.next()) * mean;
}

/** A normally distributed number with mean 0 and deviation 1 (Box and Muller). Draws two numbers. */
export function standardNormal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}

/** A whole number, uniform in [0, bound). */
export function randomInt(random: Random, bound: number): number {
  return Math.min(Math.floor(random.next() * bound), bound - 1);
}
