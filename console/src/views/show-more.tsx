import { count } from "../format.ts";

interface Props {
  readonly shown: number;
  readonly of: number;
  /** What is listed, in the plural. */
  readonly what: string;
  readonly onMore: () => void;
}

/** Ends a list that is too long to draw at once, with a button for more. */
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
