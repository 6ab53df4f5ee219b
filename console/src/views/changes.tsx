import { timestampDate } from "@bufbuild/protobuf/wkt";
import { useEffect, useState } from "preact/hooks";
import type { Change, ReloadConfigResponse } from "../../../gen/huntgroup/v1/admin_pb.ts";
import type { Api } from "../api.ts";
import type { Notices } from "../notices.ts";
import { pure } from "../hooks.ts";
import { sentence } from "../sentence.ts";

const shownChanges = 100;
const listEveryMs = 5_000;

interface Props {
  readonly api: Api;
  readonly active: boolean;
  /** The etag of the state in force: another one means that something was changed. */
  readonly etag: string;
  readonly notices: Notices;
}

/** Shows who changed what, and reloads the configuration's files. */
export const Changes = pure(({ api, active, etag, notices }: Props) => {
  const [changes, setChanges] = useState<readonly Change[]>();
  const [fault, setFault] = useState("");

  useEffect(() => {
    if (!active) return undefined;
    const list = async (): Promise<void> => {
      try {
        const listed = await api.admin.listChanges({ limit: shownChanges });
        setChanges(listed.changes);
        setFault("");
      } catch (error) {
        setFault(sentence(error));
      }
    };
    void list();
    const timer = setInterval(() => void list(), listEveryMs);
    return () => clearInterval(timer);
  }, [api, active, etag]);

  return (
    <div class="page">
      <h2>Latest changes</h2>
      {fault === "" ? null : <p class="fault">{fault}</p>}
      {changes === undefined ? null : changes.length === 0 ? (
        <p class="note">Nothing was changed since the start.</p>
      ) : (
        <table class="plain changes">
          <thead>
            <tr>
              <th scope="col">When</th>
              <th scope="col">Who</th>
              <th scope="col">What</th>
              <th scope="col">Before</th>
              <th scope="col">After</th>
            </tr>
          </thead>
          <tbody>
            {changes.map((one, index) => (
              <tr key={`${one.etag} ${changes.length - index}`}>
                <td>{one.time === undefined ? "" : timestampDate(one.time).toLocaleString(undefined, { hour12: false })}</td>
                <td data-label="by">{one.who}</td>
                <th scope="row">{one.what}</th>
                <td data-label="before">{one.before}</td>
                <td data-label="after">{one.after}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <Files api={api} notices={notices} />
    </div>
  );
});

/** Reloads the configuration's files, after a look at what that would change. */
function Files({ api, notices }: Pick<Props, "api" | "notices">) {
  const [report, setReport] = useState<ReloadConfigResponse>();

  const reload = async (dryRun: boolean): Promise<void> => {
    try {
      const answer = await api.admin.reloadConfig({ dryRun });
      setReport(dryRun || !answer.ok ? answer : undefined);
      if (!dryRun && answer.ok) notices.done("Reloaded: the files are in force");
    } catch (error) {
      setReport(undefined);
      notices.failed(`Not reloaded: ${sentence(error)}`);
    }
  };

  return (
    <>
      <h2>The configuration’s files</h2>
      <p class="buttons">
        <button type="button" onClick={() => void reload(true)}>
          See what a reload would change
        </button>
        {report?.ok === true ? (
          <button type="button" class="primary" onClick={() => void reload(false)}>
            Reload
          </button>
        ) : null}
      </p>
      <div aria-live="polite">{report === undefined ? null : <Report report={report} />}</div>
    </>
  );
}

function Report({ report }: { readonly report: ReloadConfigResponse }) {
  const { ok, problems, warnings, addedIds, removedIds, changedIds, settings } = report;
  const differences = [
    ...addedIds.map((id) => `${id} is added.`),
    ...removedIds.map((id) => `${id} goes; its calls under way may end.`),
    ...changedIds.map((id) => `${id} changes.`),
    ...settings,
  ];
  return (
    <>
      <p class={ok ? "verdict" : "fault"}>
        {ok
          ? differences.length === 0
            ? "Nothing would change."
            : "This would change:"
          : "The files have something wrong; nothing is changed:"}
      </p>
      <ul class="findings">
        {differences.map((text) => (
          <li key={text}>{text}</li>
        ))}
        {[...problems, ...warnings].map(({ file, line, column, key, message }) => (
          <li key={`${file}:${line}:${column} ${key} ${message}`}>
            <code>
              {file}:{line}:{column}
            </code>{" "}
            {key} {message}
          </li>
        ))}
      </ul>
    </>
  );
}
