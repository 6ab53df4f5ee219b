import { timestampDate } from "@bufbuild/protobuf/wkt";
import { useEffect, useState } from "preact/hooks";
import type { ListCallsResponse, RecentCall } from "../../../gen/huntgroup/v1/admin_pb.ts";
import type { Api } from "../api.ts";
import { attemptText, costText, detours, outcomeWord, toCallsRequest, tokensText, type CallFilter } from "../calls.ts";
import { milliseconds, timeOfDay } from "../format.ts";
import { pure } from "../hooks.ts";
import { sentence } from "../sentence.ts";

const listEveryMs = 3_000;
const callsAtOnce = 50;

interface Props {
  readonly api: Api;
  readonly active: boolean;
}

const anyCall: CallFilter = { model: "", deployment: "", key: "", failedOnly: false };

/** Shows the latest calls with every attempt, and a filter. */
export const Calls = pure(({ api, active }: Props) => {
  const [filter, setFilter] = useState(anyCall);
  const [atOnce, setAtOnce] = useState(callsAtOnce);
  const [isPaused, setPaused] = useState(false);
  const [answer, setAnswer] = useState<ListCallsResponse>();
  const [fault, setFault] = useState("");

  useEffect(() => {
    if (!active) return undefined;
    const ended = new AbortController();
    const list = async (): Promise<void> => {
      try {
        setAnswer(await api.admin.listCalls(toCallsRequest(filter, atOnce + 1), { signal: ended.signal }));
        setFault("");
      } catch (error) {
        if (!ended.signal.aborted) setFault(sentence(error));
      }
    };
    void list();
    const timer = isPaused ? undefined : setInterval(() => void list(), listEveryMs);
    return () => {
      ended.abort();
      clearInterval(timer);
    };
  }, [api, active, filter, atOnce, isPaused]);

  return (
    <div class="page wide">
      <h2>Latest calls</h2>
      <Filter filter={filter} onFilter={setFilter} isPaused={isPaused} onPause={setPaused} />
      {fault === "" ? null : <p class="fault">{fault}</p>}
      {answer === undefined ? null : <Answer answer={answer} filtered={filter !== anyCall} atOnce={atOnce} />}
      {(answer?.calls.length ?? 0) > atOnce ? (
        <p class="more">
          <button type="button" onClick={() => setAtOnce(atOnce * 4)}>
            Show more
          </button>
        </p>
      ) : null}
    </div>
  );
});

interface FilterProps {
  readonly filter: CallFilter;
  readonly onFilter: (filter: CallFilter) => void;
  readonly isPaused: boolean;
  readonly onPause: (paused: boolean) => void;
}

function Filter({ filter, onFilter, isPaused, onPause }: FilterProps) {
  const field = (name: "model" | "deployment" | "key", label: string, list?: string) => (
    <label>
      {label}
      <input
        value={filter[name]}
        placeholder="any"
        autocomplete="off"
        list={list}
        onChange={(event) => onFilter({ ...filter, [name]: event.currentTarget.value })}
      />
    </label>
  );
  return (
    <div class="fields" role="search">
      {field("model", "Model", "models")}
      {field("deployment", "Deployment")}
      {field("key", "Key")}
      <label class="check">
        <input
          type="checkbox"
          checked={filter.failedOnly}
          onChange={(event) => onFilter({ ...filter, failedOnly: event.currentTarget.checked })}
        />{" "}
        only with a failure
      </label>
      <label class="check">
        <input type="checkbox" checked={isPaused} onChange={(event) => onPause(event.currentTarget.checked)} /> hold still
      </label>
    </div>
  );
}

function Answer({ answer, filtered, atOnce }: { readonly answer: ListCallsResponse; readonly filtered: boolean; readonly atOnce: number }) {
  const { calls, capacity } = answer;
  if (capacity === 0) return <p class="note">No calls are kept: general_settings.recent_calls is 0.</p>;
  if (calls.length === 0)
    return <p class="note">{filtered ? "None of the calls that are kept is like that." : "No call has ended yet."}</p>;
  return (
    <table class="plain calls">
      <thead>
        <tr>
          <th scope="col">Ended</th>
          <th scope="col">Model</th>
          <th scope="col">Outcome</th>
          <th scope="col">Attempts</th>
          <th scope="col" class="number">
            First content
          </th>
          <th scope="col" class="number">
            All
          </th>
          <th scope="col">Tokens</th>
          <th scope="col" class="number">
            Cost
          </th>
        </tr>
      </thead>
      <tbody>
        {calls.slice(0, atOnce).map((call) => (
          <CallRow key={`${call.callId} ${String(call.endedAt?.seconds)} ${call.endedAt?.nanos}`} call={call} />
        ))}
      </tbody>
    </table>
  );
}

function CallRow({ call }: { readonly call: RecentCall }) {
  const { word, tone } = outcomeWord(call.errorCode);
  return (
    <tr>
      <td title={call.callId}>{call.endedAt === undefined ? "" : timeOfDay(timestampDate(call.endedAt))}</td>
      <th scope="row" data-label="model">
        <span class="id">{call.model}</span>
        <small>
          {call.key === "" ? "no key" : call.key}, {call.protocol}
          {call.stream ? ", stream" : ""}
          {call.group === "" || call.group === call.model ? "" : `, by ${call.group}`}
        </small>
      </th>
      <td data-label="outcome">
        <span class={`state ${tone}`}>{word}</span>
        <small>{detours(call)}</small>
      </td>
      <td data-label="attempts">
        {call.attempts.length === 0 ? "none" : null}
        <ol>
          {call.attempts.map((attempt, index) => (
            <li key={`${index}`} class={outcomeWord(attempt.outcome).tone === "bad" ? "alarm" : ""}>
              {attemptText(attempt)}
            </li>
          ))}
        </ol>
      </td>
      <td data-label="first content" class="number">
        {milliseconds(call.firstContentMs)}
      </td>
      <td data-label="all" class="number">
        {milliseconds(call.totalMs)}
      </td>
      <td data-label="tokens">{tokensText(call)}</td>
      <td data-label="cost" class="number">
        {costText(call)}
      </td>
    </tr>
  );
}
