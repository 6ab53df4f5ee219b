import { Eligibility } from "../../../../gen/huntgroup/v1/admin_pb.ts";
import type { Eligibility as EligibilityName } from "../../../core/deployment-status.ts";

const values: Readonly<Record<EligibilityName, Eligibility>> = {
  eligible: Eligibility.ELIGIBLE,
  invalid: Eligibility.INVALID,
  blocked: Eligibility.BLOCKED,
  draining: Eligibility.DRAINING,
  cooling_down: Eligibility.COOLING_DOWN,
  warming_up: Eligibility.WARMING_UP,
  context_window: Eligibility.CONTEXT_WINDOW,
  region: Eligibility.REGION,
  response_format: Eligibility.RESPONSE_FORMAT,
  cannot_serve_this: Eligibility.CANNOT_SERVE_THIS,
  tags: Eligibility.TAGS,
  rpm_limit: Eligibility.RPM_LIMIT,
  tpm_limit: Eligibility.TPM_LIMIT,
  itpm_limit: Eligibility.ITPM_LIMIT,
  otpm_limit: Eligibility.OTPM_LIMIT,
  rpd_limit: Eligibility.RPD_LIMIT,
  tpd_limit: Eligibility.TPD_LIMIT,
  max_parallel_requests: Eligibility.MAX_PARALLEL_REQUESTS,
  already_tried: Eligibility.ALREADY_TRIED,
  other_order: Eligibility.OTHER_ORDER,
  lower_order_preferred: Eligibility.LOWER_ORDER_PREFERRED,
  backup: Eligibility.BACKUP,
};

/** The enum value that stands for an eligibility of the core. */
export function toEligibility(name: EligibilityName): Eligibility {
  return values[name];
}
