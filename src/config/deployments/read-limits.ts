import type { DailyLimits } from "../../core/deployment.ts";
import type { litellmParamsTable } from "../settings/litellm-params.ts";
import type { SectionReader } from "../settings/section-reader.ts";
import type { FindingLog } from "../tree/finding-log.ts";
import { readDailyTime } from "../values/read-daily-time.ts";

type Reader = SectionReader<typeof litellmParamsTable>;

/** Reads what a deployment may do in a minute. */
export function readLimits(reader: Reader) {
  return { rpm: reader.number("rpm"), tpm: reader.number("tpm"), itpm: reader.number("itpm"), otpm: reader.number("otpm") };
}

/** Reads what it may do in a day. @returns undefined where that is not limited. */
export function readDailyLimits(reader: Reader, problems: FindingLog): DailyLimits | undefined {
  const [requests, tokens] = [reader.number("rpd"), reader.number("tpd")];
  const resets = readDailyTime(reader.node("daily_reset_time"), reader.pathOf("daily_reset_time"), problems);
  if (requests === undefined && tokens === undefined) return undefined;
  return { requests: requests ?? Number.POSITIVE_INFINITY, tokens: tokens ?? Number.POSITIVE_INFINITY, resets };
}
