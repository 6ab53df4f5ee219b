/**
 * Asks with ever longer deadlines, the first of 100 ms, until one lets the question get through: how long that takes is the machine's
 * business.
 * @param heard How many questions have got through.
 */
export async function askUntilHeard<Outcome>(heard: () => number, ask: (deadlineMs: number) => Promise<Outcome>): Promise<Outcome> {
  const before = heard();
  for (let deadlineMs = 100; ; deadlineMs *= 2) {
    const outcome = await ask(deadlineMs);
    if (heard() > before) return outcome;
  }
}
