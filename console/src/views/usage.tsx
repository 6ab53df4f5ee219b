import { useEffect, useState } from "preact/hooks";
import type { GetUsageResponse, UsageSeries } from "../../../gen/huntgroup/v1/admin_pb.ts";
import type { Api } from "../api.ts";
import { Chart } from "../chart.tsx";
import { count } from "../format.ts";
import { pure } from "../hooks.ts";
import { dollars } from "../key-spec.ts";
import { sentence } from "../sentence.ts";
import { seriesName, tokensOf, toUsageRequest, usageKinds, usageLines, type UsageKind } from "../usage.ts";

const askEveryMs = 10_000;

interface Props {
  readonly api: Api;
  readonly active: boolean;
}

const kindWords: Readonly<Record<UsageKind, string>> = { model: "model", key: "key", both: "key and model" };

/** Shows what was used and what it cost over time, by key and model. */
export const Usage = pure(({ api, active }: Props) => {
  const [by, setBy] = useState<UsageKind>("model");
  const [inHours, setInHours] = useState(false);
  const [answer, setAnswer] = useState<GetUsageResponse>();
  const [fault, setFault] = useState("");

  useEffect(() => {
    if (!active) return undefined;
    const ended = new AbortController();
    const ask = async (): Promise<void> => {
      try {
        setAnswer(await api.admin.getUsage(toUsageRequest(by, inHours), { signal: ended.signal }));
        setFault("");
      } catch (error) {
        if (!ended.signal.aborted) setFault(sentence(error));
      }
    };
    void ask();
    const timer = setInterval(() => void ask(), askEveryMs);
    return () => {
      ended.abort();
      clearInterval(timer);
    };
  }, [api, active, by, inHours]);

  return (
    <div class="page wide">
      <h2>Use and cost</h2>
      <div class="tools">
        <label class="option">
          by{" "}
          <select value={by} onChange={(event) => setBy(usageKinds.find((one) => one === event.currentTarget.value) ?? "model")}>
            {usageKinds.map((kind) => (
              <option key={kind} value={kind}>
                {kindWords[kind]}
              </option>
            ))}
          </select>
        </label>
        <label class="option">
          over{" "}
          <select value={inHours ? "hours" : "minutes"} onChange={(event) => setInHours(event.currentTarget.value === "hours")}>
            <option value="minutes">the last hour</option>
            <option value="hours">three days</option>
          </select>
        </label>
        <span class="note">Since the server’s start at most. Cost as far as prices are known.</span>
      </div>
      {fault === "" ? null : <p class="fault">{fault}</p>}
      {answer === undefined ? null : <Answer answer={answer} unit={inHours ? "hour" : "minute"} by={kindWords[by]} />}
    </div>
  );
});

interface AnswerProps {
  readonly answer: GetUsageResponse;
  /** What one point stands for. */
  readonly unit: string;
  readonly by: string;
}

function Answer({ answer: { series, pointSeconds }, unit, by }: AnswerProps) {
  if (series.length === 0) return <p class="note">Nothing was used in this time.</p>;
  const charts = [
    { title: `Cost in each ${unit}`, lines: usageLines(series, ({ costUsd }) => costUsd, dollars), format: dollars },
    { title: `Tokens in each ${unit}`, lines: usageLines(series, tokensOf, count), format: count },
    { title: `Calls in each ${unit}`, lines: usageLines(series, ({ requests }) => requests, count), format: count },
  ];
  return (
    <>
      <div class="charts">
        {charts.map((chart) => (
          <Chart key={chart.title} {...chart} pointSeconds={pointSeconds} />
        ))}
      </div>
      <table class="plain usage">
        <thead>
          <tr>
            <th scope="col">By {by}</th>
            <th scope="col" class="number">
              Calls
            </th>
            <th scope="col" class="number">
              Failed
            </th>
            <th scope="col" class="number">
              Tokens in
            </th>
            <th scope="col" class="number">
              Tokens out
            </th>
            <th scope="col" class="number">
              Cost
            </th>
          </tr>
        </thead>
        <tbody>
          {series.map((one) => (
            <UsageRow key={seriesName(one)} series={one} />
          ))}
        </tbody>
      </table>
    </>
  );
}

function UsageRow({ series }: { readonly series: UsageSeries }) {
  const { totals } = series;
  return (
    <tr>
      <th scope="row">{seriesName(series)}</th>
      <td data-label="calls" class="number">
        {count(totals?.requests)}
      </td>
      <td data-label="failed" class={(totals?.failures ?? 0) > 0 ? "number alarm" : "number"}>
        {count(totals?.failures)}
      </td>
      <td data-label="tokens in" class="number">
        {count(totals?.promptTokens)}
      </td>
      <td data-label="tokens out" class="number">
        {count(totals?.outputTokens)}
      </td>
      <td data-label="cost" class="number">
        {dollars(totals?.costUsd ?? 0)}
      </td>
    </tr>
  );
}
