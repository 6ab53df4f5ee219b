/** No name of ours is as long, and to compare two names takes the product of their lengths. */
const longestCompared = 256;

/**
 * The known name that was most likely meant: at most one edit in three letters, or one name beginning with the other.
 * @returns Undefined when none is near.
 */
export function suggest(name: string, known: Iterable<string>): string | undefined {
  if (name.length > longestCompared) return undefined;
  const wanted = name.toLowerCase();
  let best: string | undefined;
  let bestDistance = Infinity;
  for (const candidate of known) {
    if (candidate.length > longestCompared) continue;
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

/**
 * The known name that this is a typing error of, for names where another one that is near may mean the opposite, or another company: `min_x` is
 * no error for `max_x`, and `zai` none for `xai`. Word by word, at most one letter is missing, too many, wrong or swapped in words of
 * four letters or more; or only the marks between the words differ.
 * @param options `letterForLetter: false` takes no letter for another, and no word of less than six: the names are those of companies.
 * @returns undefined when there is none.
 */
export function misspelt(name: string, known: Iterable<string>, { letterForLetter = true } = {}): string | undefined {
  const wanted = wordsOf(name);
  for (const candidate of known) {
    const words = wordsOf(candidate);
    if (words.join("") === wanted.join("")) return candidate;
    const near = (word: string, index: number): boolean => {
      const other = wanted[index] ?? "";
      if (word === other) return true;
      const replaced = word.length === other.length && !isSwap(word, other);
      const longest = Math.max(word.length, other.length);
      return longest >= (letterForLetter ? 4 : 6) && (letterForLetter || !replaced) && editDistance(word, other) === 1;
    };
    if (words.length === wanted.length && words.every(near)) return candidate;
  }
  return undefined;
}

function wordsOf(name: string): readonly string[] {
  return name.toLowerCase().split(/[_-]/);
}

/** Whether two words of the same length have the same letters. */
function isSwap(one: string, other: string): boolean {
  return one.split("").toSorted().join("") === other.split("").toSorted().join("");
}

/** How many insertions, deletions, replacements and swaps of neighbours lead from one text to the other (optimal string alignment). */
function editDistance(from: string, to: string): number {
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
