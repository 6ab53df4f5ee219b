import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { KeyStats } from "../../../gen/huntgroup/v1/admin_pb.ts";
import type { Api } from "../api.ts";
import { Banner } from "../banner.tsx";
import { EntryDialog } from "../entry-dialog.tsx";
import { Header } from "../header.tsx";
import { Live } from "../live.ts";
import { Notices } from "../notices.ts";
import { NoticeList } from "../notice-list.tsx";
import { createOperations } from "../operations.ts";
import { Calls } from "../views/calls.tsx";
import { Changes } from "../views/changes.tsx";
import { Chat } from "../views/chat.tsx";
import { Deployments } from "../views/deployments.tsx";
import { Explain } from "../views/explain.tsx";
import { Keys } from "../views/keys.tsx";
import { Strategies } from "../views/strategies.tsx";
import { Usage } from "../views/usage.tsx";
import { useLive } from "../hooks.ts";
import { views, type ViewName } from "../view-name.ts";

interface Props {
  readonly api: Api;
  readonly withKey: boolean;
  /** @param why Shown above the sign-in; empty when the operator left by choice. */
  readonly onLeave: (why: string) => void;
}

/** The same each time, so that nothing is drawn anew for it. */
const noStats: readonly KeyStats[] = [];

function viewInAddress(): ViewName {
  const name = location.hash.slice(1);
  return views.find((one) => one === name) ?? "deployments";
}

/** The whole console after the sign-in. Views keep their state while another one is shown. */
export function Console({ api, withKey, onLeave }: Props) {
  const [, redraw] = useState(0);
  const notices = useMemo(() => new Notices(() => redraw((tick) => tick + 1)), []);
  const live = useMemo(() => new Live(api, onLeave), [api]);
  /** The deployment whose form is open; `id` undefined for a new one. */
  const [edited, setEdited] = useState<{ readonly id: string | undefined }>();
  const operations = useMemo(() => createOperations(api, live, notices, (id) => setEdited({ id })), [api]);
  const [view, setView] = useState(viewInAddress);
  /** The model that another view asked to explain or to chat with. */
  const [model, setModel] = useState("");
  const content = useRef<HTMLElement>(null);
  const { connection, fleet, stats, etag } = useLive(live);

  useEffect(() => live.start(), [live]);
  useEffect(() => {
    const follow = (): void => setView(viewInAddress());
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);

  const goTo = useMemo(
    () =>
      (name: ViewName, about: string): void => {
        setModel(about);
        location.hash = name;
        content.current?.focus();
      },
    [],
  );
  const models = useMemo(() => fleet.groups.map((group) => group.name).filter((name) => !name.includes("*")), [fleet.groups]);

  return (
    <>
      <a
        class="skip"
        href="#content"
        onClick={(event) => {
          event.preventDefault();
          content.current?.focus();
        }}
      >
        To the content
      </a>
      <Header connection={connection} stats={stats} view={view} views={views} onLeave={withKey ? () => onLeave("") : undefined} />
      <Banner connection={connection} draining={stats?.draining ?? false} onRetry={() => live.retryNow()} />
      <datalist id="models">
        {models.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <main id="content" ref={content} tabIndex={-1}>
        <section hidden={view !== "deployments"} aria-label="Deployments">
          <Deployments active={view === "deployments"} live={live} operations={operations} goTo={goTo} />
        </section>
        <section hidden={view !== "calls"} aria-label="Calls">
          <Calls api={api} active={view === "calls"} />
        </section>
        <section hidden={view !== "usage"} aria-label="Usage">
          <Usage api={api} active={view === "usage"} />
        </section>
        <section hidden={view !== "strategies"} aria-label="Strategies">
          <Strategies api={api} active={view === "strategies"} etag={etag} />
        </section>
        <section hidden={view !== "explain"} aria-label="Explain">
          <Explain api={api} model={view === "explain" ? model : ""} firstModel={models[0] ?? ""} />
        </section>
        <section hidden={view !== "chat"} aria-label="Chat">
          <Chat api={api} model={view === "chat" ? model : ""} firstModel={models[0] ?? ""} />
        </section>
        <section hidden={view !== "keys"} aria-label="Keys">
          <Keys api={api} active={view === "keys"} etag={etag} notices={notices} stats={stats?.keys ?? noStats} />
        </section>
        <section hidden={view !== "changes"} aria-label="Changes">
          <Changes api={api} active={view === "changes"} etag={etag} notices={notices} />
        </section>
      </main>
      {edited === undefined ? null : (
        <EntryDialog api={api} notices={notices} deploymentId={edited.id} onClose={() => setEdited(undefined)} />
      )}
      <NoticeList notices={notices} />
    </>
  );
}
