import type { VNode } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { arranged, countSick } from "../arrange.ts";
import { count } from "../format.ts";
import type { ViewName } from "../view-name.ts";
import { GroupSection } from "./group-section.tsx";
import { useLive } from "../hooks.ts";
import type { Live } from "../live.ts";
import type { Operations } from "../operations.ts";
import { ShowMore } from "./show-more.tsx";

/** As many rows as a person looks through. With more, the groups are closed at first. */
const openUpTo = 40;
const groupsAtOnce = 60;

interface Props {
  /** Whether the view is shown. When it is not, nothing is drawn. */
  readonly active: boolean;
  readonly live: Live;
  readonly operations: Operations;
  readonly goTo: (view: ViewName, model: string) => void;
}

/** Shows all groups with their deployments, and a filter. */
export function Deployments({ active, live, operations, goTo }: Props) {
  const { fleet, stats, connection } = useLive(live);
  const [filter, setFilter] = useState("");
  const [onlySick, setOnlySick] = useState(false);
  const [sickFirst, setSickFirst] = useState(false);
  const [atOnce, setAtOnce] = useState(groupsAtOnce);
  /** Groups that were opened or closed by hand. The others are open unless there are many rows. */
  const [toggled, setToggled] = useState<ReadonlyMap<string, boolean>>(new Map());
  const field = useRef<HTMLInputElement>(null);
  useFilterKey(field, active);

  const shown = useMemo(() => arranged(fleet.groups, { filter, onlySick, sickFirst }), [fleet.groups, filter, onlySick, sickFirst]);
  const sick = useMemo(() => fleet.groups.reduce((sum, group) => sum + countSick(group), 0), [fleet.groups]);
  const courses = useMemo(() => new Map((stats?.deployments ?? []).map((one) => [one.deploymentId, one.course])), [stats]);
  const groupCourses = useMemo(() => new Map((stats?.groups ?? []).map((one) => [one.group, one.course])), [stats]);
  const onToggle = useMemo(() => (name: string, open: boolean) => setToggled((before) => new Map([...before, [name, open]])), []);
  const rows = shown.reduce((sum, group) => sum + group.deployments.length, 0);
  const now = performance.now();

  const drawn = useRef<VNode>(undefined);
  // Returning the last drawing costs nothing and keeps what was opened.
  if (!active && drawn.current !== undefined) return drawn.current;
  drawn.current = (
    <>
      <div class="tools" role="search">
        <label for="filter" class="hidden">
          Filter by id, group, provider or state
        </label>
        <input
          ref={field}
          id="filter"
          type="search"
          placeholder="Filter  ( / )"
          value={filter}
          autocomplete="off"
          onInput={(event) => setFilter(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "Escape") setFilter("");
          }}
        />
        <label class="option">
          <input type="checkbox" checked={onlySick} onChange={(event) => setOnlySick(event.currentTarget.checked)} /> only the sick (
          <span class={sick === 0 ? "" : "alarm"}>{count(sick)}</span>)
        </label>
        <label class="option">
          <input type="checkbox" checked={sickFirst} onChange={(event) => setSickFirst(event.currentTarget.checked)} /> sick first
        </label>
        <span class="note" role="status">
          {filter === "" && !onlySick ? "" : `${count(rows)} of `}
          {count(fleet.deployments.size)} {fleet.deployments.size === 1 ? "deployment" : "deployments"} in {count(fleet.groups.length)}{" "}
          {fleet.groups.length === 1 ? "group" : "groups"}
        </span>
        <button type="button" onClick={() => operations.edit(undefined)}>
          Add a deployment
        </button>
      </div>
      {fleet.groups.length === 0 ? (
        <p class="empty">{connection.kind === "live" ? "The configuration has no deployments." : "Asking the server…"}</p>
      ) : null}
      {fleet.groups.length > 0 && shown.length === 0 ? <p class="empty">{noneOf(filter, onlySick)}</p> : null}
      {shown.slice(0, atOnce).map((group) => (
        <GroupSection
          key={group.name}
          group={group}
          whole={fleet.groups.find((one) => one.name === group.name) ?? group}
          open={toggled.get(group.name) ?? rows <= openUpTo}
          onToggle={onToggle}
          courses={courses}
          course={groupCourses.get(group.name)}
          pointSeconds={stats?.pointSeconds ?? 0}
          traffic={live.traffic}
          now={now}
          operations={operations}
          goTo={goTo}
        />
      ))}
      <ShowMore shown={atOnce} of={shown.length} what="groups" onMore={() => setAtOnce(atOnce + groupsAtOnce)} />
    </>
  );
  return drawn.current;
}

function noneOf(filter: string, onlySick: boolean): string {
  if (filter.trim() === "") return "No deployment is sick.";
  return `No ${onlySick ? "sick " : ""}deployment matches “${filter}”.`;
}

/** Moves to the filter on `/`, unless something is being typed. */
function useFilterKey(field: { readonly current: HTMLInputElement | null }, active: boolean): void {
  useEffect(() => {
    if (!active) return undefined;
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      event.preventDefault();
      field.current?.focus();
      field.current?.select();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [active]);
}

function isTyping(target: EventTarget | null): boolean {
  if (target instanceof HTMLInputElement) return target.type !== "range" && target.type !== "checkbox";
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}
