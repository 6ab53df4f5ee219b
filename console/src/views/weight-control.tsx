import { useState } from "preact/hooks";
import { weight as weightText } from "../format.ts";
import { parseWeight } from "../weight-scale.ts";

interface Props {
  readonly id: string;
  readonly weight: number;
  readonly max: number;
  readonly step: number;
  readonly onDraft: (id: string, weight: number) => void;
  readonly onFinal: (id: string, weight: number) => void;
}

/** A slider and a field for a weight. The slider applies as it is moved; the field applies on Enter or when it is left, so that half a number is never applied. */
export function WeightControl({ id, weight, max, step, onDraft, onFinal }: Props) {
  /** The text being typed. It stays while the numbers around it change. */
  const [typed, setTyped] = useState<string>();
  const finish = (): void => {
    const value = typed === undefined ? undefined : parseWeight(typed);
    if (value !== undefined && value !== weight) onFinal(id, value);
    setTyped(undefined);
  };
  return (
    <span class="weight">
      <input
        type="range"
        min={0}
        max={max}
        step={step}
        value={weight}
        aria-label={`Weight of ${id}`}
        aria-valuetext={weightText(weight)}
        onInput={(event) => onDraft(id, Number(weightText(event.currentTarget.valueAsNumber)))}
      />
      <input
        type="text"
        inputmode="decimal"
        value={typed ?? weightText(weight)}
        aria-label={`Weight of ${id} in figures`}
        autocomplete="off"
        onInput={(event) => setTyped(event.currentTarget.value)}
        onBlur={finish}
        onKeyDown={(event) => {
          if (event.key === "Enter") finish();
          if (event.key === "Escape") setTyped(undefined);
        }}
      />
    </span>
  );
}
