import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

/** WCAG 2's contrast of the console's colours, in both themes: 4.5 for text, 3 for the edges of controls and the lines of plots. */
const styles = readFileSync(new URL("../../console/src/styles.css", import.meta.url), "utf8");
const themes = ["light", "dark"] as const;

const pairs: readonly (readonly [ink: string, ground: string, least: number])[] = [
  ...["ground", "surface", "raised", "bad-ground"].map((ground) => ["ink", ground, 4.5] as const),
  ...["ground", "surface", "raised"].flatMap((ground) => [["ink-soft", ground, 4.5] as const, ["bad", ground, 4.5] as const]),
  ...["good", "waiting", "off", "accent"].map((ink) => [ink, "surface", 4.5] as const),
  ["good", "raised", 4.5],
  ["on-accent", "accent", 4.5],
  ["on-bad", "bad", 4.5],
  // Notices are the other way round.
  ["ground", "ink", 4.5],
  ["edge", "surface", 3],
  ["edge", "ground", 3],
  ["accent", "ground", 3],
  ...Array.from({ length: 8 }, (_, index) => [`line-${index + 1}`, "surface", 3] as const),
];

function colourOf(name: string, theme: (typeof themes)[number]): readonly number[] {
  const match = new RegExp(`--${name}: light-dark\\(#([0-9a-f]{6}), #([0-9a-f]{6})\\)`).exec(styles);
  const hex = match?.[theme === "light" ? 1 : 2];
  assert.ok(hex, `--${name} is not in the styles`);
  return [0, 2, 4].map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255);
}

function luminance(colour: readonly number[]): number {
  const [red = 0, green = 0, blue = 0] = colour.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

for (const theme of themes) {
  for (const [ink, ground, least] of pairs) {
    test(`${ink} on ${ground} is seen in the ${theme} theme`, () => {
      const [one, other] = [luminance(colourOf(ink, theme)), luminance(colourOf(ground, theme))];
      const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
      assert.ok(contrast >= least, `${contrast.toFixed(2)} : 1 is less than ${least}`);
    });
  }
}
