import { useEffect, useState } from "preact/hooks";
import { createApi, type Api } from "../api.ts";
import { Console } from "./console.tsx";
import { isRefusal, sentence } from "../sentence.ts";
import { SignIn } from "../sign-in.tsx";

const keyName = "huntgroup.key";

/** Keeps the admin key of this tab until the tab is closed, and nowhere else. */
const sessionKey = {
  read: (): string | undefined => sessionStorage.getItem(keyName) ?? undefined,
  keep: (key: string): void => sessionStorage.setItem(keyName, key),
  forget: (): void => sessionStorage.removeItem(keyName),
};

type Phase =
  | { readonly kind: "asking" }
  /** `why` is what the server answered to the last try; empty before the first. */
  | { readonly kind: "outside"; readonly why: string }
  | { readonly kind: "inside"; readonly api: Api; readonly withKey: boolean };

/** Asks whether this key, or none, may operate the server. @returns Undefined when it may; otherwise why not. */
async function refusal(api: Api): Promise<{ readonly why: string; readonly keyNeeded: boolean } | undefined> {
  try {
    await api.admin.listDeployments({ pageSize: 1 });
    return undefined;
  } catch (error) {
    return { why: sentence(error), keyNeeded: isRefusal(error) };
  }
}

/** The sign-in, or the console once a key is accepted. */
export function App() {
  const [phase, setPhase] = useState<Phase>({ kind: "asking" });

  const enter = async (key: string | undefined): Promise<void> => {
    const api = createApi(key);
    const refused = await refusal(api);
    if (refused === undefined) {
      if (key !== undefined) sessionKey.keep(key);
      setPhase({ kind: "inside", api, withKey: key !== undefined });
    } else {
      if (refused.keyNeeded) sessionKey.forget();
      // No key was given yet: the form says enough.
      setPhase({ kind: "outside", why: key === undefined && refused.keyNeeded ? "" : refused.why });
    }
  };
  const leave = (why: string): void => {
    sessionKey.forget();
    setPhase({ kind: "outside", why });
  };

  useEffect(() => void enter(sessionKey.read()), []);

  switch (phase.kind) {
    case "asking":
      return null;
    case "outside":
      return <SignIn why={phase.why} onKey={enter} />;
    case "inside":
      return <Console api={phase.api} onLeave={leave} withKey={phase.withKey} />;
    default:
      return phase satisfies never;
  }
}
