/**
 * From when on a host was left alone: after this moment nobody asked it but for probes, at most one in each pause.
 * @param hits When it was asked, ascending, on the scale of `until`.
 * @param pauseMs The bench after a failure; shortened by a tenth, since a probe may find its way a little sooner than the last one.
 * @param until The end of the time looked at. Two pauses of quiet before it are needed: the last request alone proves nothing.
 * @returns undefined when it was not left alone.
 */
export function leftAloneAt(hits: readonly number[], pauseMs: number, until: number): number | undefined {
  const least = pauseMs * 0.9;
  let since: number | undefined;
  for (let index = hits.length - 1; index >= 0; index--) {
    const at = hits[index] ?? 0;
    const next = hits[index + 1];
    if (next !== undefined && next - at < least) break;
    since = at;
  }
  return since !== undefined && until - since >= 2 * pauseMs ? since : undefined;
}
