import { span, timeOfDay } from "./format.ts";
import { useSeconds } from "./hooks.ts";
import type { Connection } from "./live.ts";

interface Props {
  readonly connection: Connection;
  readonly draining: boolean;
  readonly onRetry: () => void;
}

/** Tells an operator that what is shown is old, or that the server is about to stop. */
export function Banner({ connection, draining, onRetry }: Props) {
  if (connection.kind === "lost") return <Lost connection={connection} onRetry={onRetry} />;
  if (draining && connection.kind === "live")
    return (
      <div class="banner" role="status">
        The server is stopping: it takes no new calls, and those under way go on to their end.
      </div>
    );
  return null;
}

function Lost({ connection, onRetry }: { readonly connection: Extract<Connection, { kind: "lost" }>; readonly onRetry: () => void }) {
  const left = connection.retryAt - useSeconds();
  return (
    <div class="banner bad">
      <span role="alert">Connection lost. {connection.why}</span>
      <span>
        What is shown is as of {timeOfDay(new Date(connection.since))}. {left > 0 ? `Trying again in ${span(left)}.` : "Trying again…"}
      </span>
      <button type="button" onClick={onRetry}>
        Try now
      </button>
    </div>
  );
}
