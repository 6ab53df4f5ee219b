/** The first three characters of everything that looks like a credential. */
const tokenStarts = "sk- pk- rk- xai nva ppl csk tgp gsk hf_ r8_ AKI AIz :// ghp gho ghu ghs ghr git bea beA bEa bEA Bea BeA BEa BEA".split(
  " ",
);

/** What `?key=` and its like begin with: any name may follow. */
const queryMarks: readonly number[] = ["?", "&"].map((mark) => mark.charCodeAt(0));

/** What is known of two characters in a row. */
const pairIs = { harmless: 0, perhapsAStart: 1, aStart: 2 } as const;

/**
 * Tells at a quick look whether a text needs a thorough one, by the characters that secrets begin with. Nearly all that is logged (names,
 * numbers, random ids) has none of these. Two characters tell most of it, three or four the rest.
 */
export class SecretStarts {
  readonly #pairs = new Uint8Array(65_536);
  /** The first three characters of what only looks secret. */
  readonly #threes = new Set<number>();
  /** The first four of known secrets. */
  readonly #fours = new Set<number>();

  constructor() {
    for (const mark of queryMarks) this.#pairs.fill(pairIs.aStart, mark << 8, (mark + 1) << 8);
    for (const start of tokenStarts) {
      this.#threes.add(threeAt(start, 0));
      this.#mark(start);
    }
  }

  /** @param secret Of four characters or more. */
  add(secret: string): void {
    this.#fours.add(fourAt(secret, 0));
    this.#mark(secret);
  }

  mayBeIn(text: string): boolean {
    let before = text.charCodeAt(0);
    for (let index = 1; index < text.length; index++) {
      const code = text.charCodeAt(index);
      const known = this.#pairs[((before & 0xff) << 8) | (code & 0xff)];
      if (known !== pairIs.harmless && (known === pairIs.aStart || this.#beginsAt(text, index - 1))) return true;
      before = code;
    }
    return false;
  }

  #beginsAt(text: string, index: number): boolean {
    return this.#threes.has(threeAt(text, index)) || this.#fours.has(fourAt(text, index));
  }

  #mark(start: string): void {
    const pair = pairAt(start, 0);
    if (this.#pairs[pair] === pairIs.harmless) this.#pairs[pair] = pairIs.perhapsAStart;
  }
}

/** Takes characters beyond Latin-1 for others now and then, which costs a thorough look and misses nothing. */
function pairAt(text: string, index: number): number {
  return ((text.charCodeAt(index) & 0xff) << 8) | (text.charCodeAt(index + 1) & 0xff);
}

function threeAt(text: string, index: number): number {
  return (pairAt(text, index) << 8) | (text.charCodeAt(index + 2) & 0xff);
}

function fourAt(text: string, index: number): number {
  return (threeAt(text, index) << 8) | (text.charCodeAt(index + 3) & 0xff);
}
