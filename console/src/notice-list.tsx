import type { Notices } from "./notices.ts";

/** Shows notices in two live regions: failures are read out at once, the rest when there is time. Both regions always exist, because screen readers watch only those. */
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
