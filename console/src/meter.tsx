import { count } from "./format.ts";

/** Above this share, a limit is nearly reached. */
const nearlyFull = 0.9;

interface Props {
  /** `rpm`, `tpm`. */
  readonly unit: string;
  readonly used: number;
  /** Undefined without a limit. */
  readonly allowed: number | undefined;
}

/** Shows how much of a limit is used, as figures and a bar. */
export function Meter({ unit, used, allowed }: Props) {
  const share = allowed === undefined ? undefined : allowed <= 0 ? 1 : Math.min(1, used / allowed);
  return (
    <span class="meter">
      <span class="figures">
        {count(used)}
        {allowed === undefined ? "" : ` / ${count(allowed)}`} <i>{unit}</i>
      </span>
      {share === undefined ? null : (
        <span class="bar" aria-hidden="true">
          <span class={share >= nearlyFull ? "full" : ""} style={{ inlineSize: `${(share * 100).toFixed(1)}%` }} />
        </span>
      )}
    </span>
  );
}
