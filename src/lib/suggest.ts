/**
 * The known name that was most likely meant: at most one edit in three letters, or one name beginning with the other.
 * @returns Undefined when none is near.
 */
export function suggest(name: string, known: Iterable<string>): string | undefined {
  const wanted = name.toLowerCase();
  let best: string | undefined;
  let bestDistance = Infinity;
  for (const candidate of known) {
    const other = candidate.toLowerCase();
    const shorter = Math.min(wanted.length, other.length);
    const begins = shorter >= 4 && (other.startsWith(wanted) || wanted.startsWith(other) || other.split("-").includes(wanted));
    const distance = begins ? 1.5 : editDistance(wanted, other);
    if (distance < bestDistance && (begins || distance <= Math.max(wanted.length, other.length) / 3)) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** @returns ` (did you mean NAME?)`, or an empty text. */
export function didYouMean(name: string, known: Iterable<string>): string {
  const suggestion = suggest(name, known);
  return suggestion === undefined ? "" : ` (did you mean ${suggestion}?)`;
}

/** How many insertions, deletions, replacements and swaps of neighbours lead from one text to the other (optimal string alignment). */
export function editDistance(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const replaced = (last[column - 1] ?? 0) + (from[row - 1] === to[column - 1] ? 0 : 1);
      let least = Math.min(replaced, (last[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1);
      const swapped = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      if (swapped) least = Math.min(least, (beforeLast[column - 2] ?? 0) + 1);
      current.push(least);
    }
    beforeLast = last;
    last = current;
  }
  return last[to.length] ?? 0;
}
