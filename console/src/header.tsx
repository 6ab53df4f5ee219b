import { useState } from "preact/hooks";
import type { GetStatsResponse } from "../../gen/huntgroup/v1/admin_pb.ts";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import type { ViewName } from "./view-name.ts";
import { count, span } from "./format.ts";
import type { Connection } from "./live.ts";
import { applyTheme, storedTheme, themes } from "./theme.ts";

interface Props {
  readonly connection: Connection;
  readonly stats: GetStatsResponse | undefined;
  readonly view: ViewName;
  readonly views: readonly ViewName[];
  /** Omit it when there is no key to forget. */
  readonly onLeave: (() => void) | undefined;
}

const titles: Readonly<Record<ViewName, string>> = {
  deployments: "Deployments",
  calls: "Calls",
  usage: "Usage",
  strategies: "Strategies",
  explain: "Explain",
  chat: "Chat",
  keys: "Keys",
  changes: "Changes",
};
const connectionWords = { connecting: "connecting", live: "live", lost: "connection lost" };

/** The head of the page: the tabs, the connection and facts about the server. */
export function Header({ connection, stats, view, views, onLeave }: Props) {
  return (
    <header class="top">
      <h1>Huntgroup</h1>
      <nav aria-label="Views">
        {views.map((name) => (
          <a key={name} href={`#${name}`} aria-current={name === view ? "page" : undefined}>
            {titles[name]}
          </a>
        ))}
      </nav>
      <p class="facts">
        <span class={`connection ${connection.kind}`}>{connectionWords[connection.kind]}</span>
        {stats === undefined ? null : <ServerFacts stats={stats} />}
      </p>
      <ThemeButton />
      {onLeave === undefined ? null : (
        <button type="button" onClick={onLeave}>
          Sign out
        </button>
      )}
    </header>
  );
}

function ServerFacts({ stats }: { readonly stats: GetStatsResponse }) {
  const { startedAt, time, version, queued } = stats;
  const upMs = startedAt === undefined || time === undefined ? undefined : timestampMs(time) - timestampMs(startedAt);
  return (
    <>
      {version === "" ? null : <span>{version}</span>}
      {upMs === undefined ? null : <span>up {span(upMs)}</span>}
      <span title="Calls that wait for capacity">{count(queued)} queued</span>
    </>
  );
}

function ThemeButton() {
  const [theme, setTheme] = useState(storedTheme);
  const next = themes[(themes.indexOf(theme) + 1) % themes.length] ?? "auto";
  return (
    <button
      type="button"
      class="theme"
      title={`Press for ${next}`}
      onClick={() => {
        applyTheme(next);
        setTheme(next);
      }}
    >
      Theme: {theme}
    </button>
  );
}
