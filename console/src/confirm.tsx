import { useEffect, useRef } from "preact/hooks";

interface Props {
  readonly title: string;
  readonly text: readonly string[];
  /** The text of the button that confirms. */
  readonly action: string;
  /** @param confirmed Whether the action was confirmed. */
  readonly onClose: (confirmed: boolean) => void;
}

/** Asks before something that cannot be undone easily. Escape cancels, and so does Enter at first. */
export function Confirm({ title, text, action, onClose }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} aria-labelledby="confirm-title" onClose={() => onClose(dialog.current?.returnValue === "yes")}>
      <form method="dialog">
        <h2 id="confirm-title">{title}</h2>
        {text.map((paragraph) => (
          <p key={paragraph}>{paragraph}</p>
        ))}
        <div class="buttons">
          <button type="submit" value="no">
            Cancel
          </button>
          <button type="submit" value="yes" class="danger">
            {action}
          </button>
        </div>
      </form>
    </dialog>
  );
}
