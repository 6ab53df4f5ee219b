import { cutText } from "./cut-text.ts";

/** The longest name of a model in UTF-8. */
export const longestNameBytes = 1_024;

/** Long enough to recognise a name that is too long by its beginning. */
const shownOfLongName = 200;

/** Whether a name is longer than any model's. */
export function isTooLongName(name: string): boolean {
  return name.length > longestNameBytes || (name.length * 3 > longestNameBytes && Buffer.byteLength(name) > longestNameBytes);
}

/** A name as messages repeat it: whole, or its beginning where it is longer than any name. */
export function shownName(name: string): string {
  return isTooLongName(name) ? `${cutText(name, shownOfLongName)}…` : name;
}
