import { Eligibility, EligibilitySchema } from "../../../gen/huntgroup/v1/admin_pb.ts";
import type { Style } from "./paint.ts";
import type { Cell } from "./table.ts";

/** In words: `cooling down`. A newer server's own are shown by number. */
export function eligibilityText(eligibility: Eligibility): string {
  const name = EligibilitySchema.value[eligibility]?.localName;
  return eligibility === Eligibility.UNSPECIFIED || name === undefined
    ? `unknown (${eligibility})`
    : name.toLowerCase().replaceAll("_", " ");
}

export function eligibilityCell(eligibility: Eligibility): Cell {
  return { text: eligibilityText(eligibility), style: styleOf(eligibility) };
}

function styleOf(eligibility: Eligibility): Style | undefined {
  switch (eligibility) {
    case Eligibility.ELIGIBLE:
      return "good";
    case Eligibility.INVALID:
    case Eligibility.BLOCKED:
      return "bad";
    case Eligibility.BACKUP:
    case Eligibility.LOWER_ORDER_PREFERRED:
      return "dim";
    default:
      return "warn";
  }
}
