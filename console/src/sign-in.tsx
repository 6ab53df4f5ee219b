import type { TargetedSubmitEvent } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

interface Props {
  /** What the server answered to the last try. */
  readonly why: string;
  readonly onKey: (key: string | undefined) => Promise<void>;
}

/** Asks for the master key. */
export function SignIn({ why, onKey }: Props) {
  const [asking, setAsking] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);

  const submit = async (event: TargetedSubmitEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const key = field.current?.value.trim() ?? "";
    setAsking(true);
    await onKey(key === "" ? undefined : key);
    setAsking(false);
    field.current?.select();
  };

  return (
    <main class="sign-in">
      <h1>Huntgroup</h1>
      <form onSubmit={(event) => void submit(event)}>
        {/* Password managers want to know whose key it is. */}
        <input type="text" name="username" value="admin" autocomplete="username" readOnly hidden />
        <label for="key">Admin key</label>
        <input
          ref={field}
          id="key"
          type="password"
          autocomplete="current-password"
          spellcheck={false}
          aria-describedby="key-note key-fault"
          aria-invalid={why !== ""}
        />
        <button type="submit" class="primary" disabled={asking}>
          {asking ? "Asking…" : "Sign in"}
        </button>
        <p id="key-fault" class="fault" role="alert">
          {why}
        </p>
        <p id="key-note" class="note">
          The server’s master key (<code>general_settings.master_key</code>). It stays in this tab and is gone when the tab is closed.
        </p>
      </form>
    </main>
  );
}
