import { count } from "../format.ts";

interface Props {
  readonly shown: number;
  readonly of: number;
  /** In the plural. */
  readonly what: string;
  readonly onMore: () => void;
}

/** Where a list stops, because nobody reads a thousand rows and no browser draws them at once. */
export function ShowMore({ shown, of, what, onMore }: Props) {
  if (of <= shown) return null;
  return (
    <p class="more">
      <button type="button" onClick={onMore}>
        Show more
      </button>{" "}
      <span class="note">
        {count(shown)} of {count(of)} {what} are shown
      </span>
    </p>
  );
}
