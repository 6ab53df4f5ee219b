/** 24.8 days. Longer delays overflow the platform's timers, which then fire at once. */
const longestTimeoutMs = 2_147_483_647;

/** The units of `grpc-timeout` in which its eight digits can exceed that. */
const unitMs: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1_000 };

/**
 * Removes a timeout that is too long for any timer: some clients mean "for ever" by it. A malformed one stays; its protocol refuses it.
 */
export function dropEndlessTimeout(header: Headers): void {
  if (isEndless(header.get("grpc-timeout") ?? "")) header.delete("grpc-timeout");
  if (/^\d+$/.test(header.get("connect-timeout-ms") ?? "") && Number(header.get("connect-timeout-ms")) > longestTimeoutMs) {
    header.delete("connect-timeout-ms");
  }
}

/** Whether a timeout is too long for any timer. @param grpcTimeout The value of `grpc-timeout`, such as `10S`. */
export function isEndless(grpcTimeout: string): boolean {
  return /^\d+[HMS]$/.test(grpcTimeout) && Number(grpcTimeout.slice(0, -1)) * (unitMs[grpcTimeout.slice(-1)] ?? 0) > longestTimeoutMs;
}
