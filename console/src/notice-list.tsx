import type { Notices } from "./notices.ts";

/** Two regions, so that what was done is told when there is time for it, and what failed at once. Both are always there: readers listen only to what they know. */
export function NoticeList({ notices }: { readonly notices: Notices }) {
  const done = notices.all.filter((one) => one.kind === "done");
  const failed = notices.all.filter((one) => one.kind === "failed");
  return (
    <div class="notices">
      <div role="alert">
        {failed.map(({ id, text }) => (
          <p key={id} class="notice failed">
            <span>{text}</span>
            <button type="button" onClick={() => notices.dismiss(id)} aria-label="Put this message away">
              Close
            </button>
          </p>
        ))}
      </div>
      <div role="status" aria-live="polite">
        {done.map(({ id, text }) => (
          <p key={id} class="notice">
            {text}
          </p>
        ))}
      </div>
    </div>
  );
}
