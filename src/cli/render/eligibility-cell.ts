import { Eligibility, EligibilitySchema } from "../../../gen/huntgroup/v1/admin_pb.ts";
import type { Style } from "./paint.ts";
import type { Cell } from "./table.ts";

/** Names an eligibility in words, such as `cooling down`. One that only a newer server knows is shown by its number. */
export function eligibilityText(eligibility: Eligibility): string {
  const name = EligibilitySchema.value[eligibility]?.localName;
  return eligibility === Eligibility.UNSPECIFIED || name === undefined
    ? `unknown (${eligibility})`
    : name.toLowerCase().replaceAll("_", " ");
}

/** Draws an eligibility in words, coloured by how much it needs a look. */
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
