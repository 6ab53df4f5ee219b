/** Longer delays overflow the platform's timers, which then fire at once. 24.8 days. */
const longestTimeoutMs = 2_147_483_647;

/** The units of `grpc-timeout` with which its eight digits can say more than that. */
const unitMs: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1_000 };

/**
 * Removes a timeout that no timer can hold: some clients write "for ever" so. What is malformed stays, to be refused by
 * the protocol that it belongs to.
 */
export function dropEndlessTimeout(header: Headers): void {
  if (isEndless(header.get("grpc-timeout") ?? "")) header.delete("grpc-timeout");
  if (/^\d+$/.test(header.get("connect-timeout-ms") ?? "") && Number(header.get("connect-timeout-ms")) > longestTimeoutMs) {
    header.delete("connect-timeout-ms");
  }
}

/** @param grpcTimeout The value of `grpc-timeout`. */
export function isEndless(grpcTimeout: string): boolean {
  return /^\d+[HMS]$/.test(grpcTimeout) && Number(grpcTimeout.slice(0, -1)) * (unitMs[grpcTimeout.slice(-1)] ?? 0) > longestTimeoutMs;
}
