import type { UpstreamHeaders } from "../../../core/upstream.ts";

/** When a reply was made, in seconds since the Unix epoch, as its `date` header says: formats have no clock. 0 where it has none. */
export function createdAt(headers: UpstreamHeaders): number {
  const { date } = headers;
  const time = typeof date === "string" ? Date.parse(date) : Number.NaN;
  return Number.isFinite(time) && time > 0 ? Math.floor(time / 1000) : 0;
}
