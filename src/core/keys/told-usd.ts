/** Significant digits of an amount of money that is told. The noise that sums of fractions leave is beyond them. */
const digits = 12;

/** An amount in US dollars as it is told to people and programs. What is counted stays exact. */
export function toldUsd(amount: number): number {
  return isShort(String(amount)) ? amount : Number(amount.toPrecision(digits));
}

/** The same as a text. */
export function usdText(amount: number): string {
  const plain = String(amount);
  return isShort(plain) ? plain : String(Number(amount.toPrecision(digits)));
}

/** Nearly all amounts are. To cut off digits costs far more than to see that there are none to cut. */
function isShort(text: string): boolean {
  return text.length <= digits;
}
