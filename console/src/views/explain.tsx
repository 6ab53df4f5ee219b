import type { TargetedSubmitEvent } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { ExplainRouteResponse } from "../../../gen/huntgroup/v1/admin_pb.ts";
import type { Api } from "../api.ts";
import { eligibilityWord } from "../eligibility.ts";
import { count, weight } from "../format.ts";
import { pure } from "../hooks.ts";
import { sentence } from "../sentence.ts";

interface Props {
  readonly api: Api;
  /** The model that another view asked about, explained at once; empty for none. */
  readonly model: string;
  /** The model that the form holds at first. */
  readonly firstModel: string;
}

type Answer = { readonly fault: string } | { readonly explanation: ExplainRouteResponse } | undefined;

/** Shows where a call would go now, and why. */
export const Explain = pure(({ api, model, firstModel }: Props) => {
  const form = useRef<HTMLFormElement>(null);
  const [answer, setAnswer] = useState<Answer>();

  const ask = async (): Promise<void> => {
    if (form.current === null) return;
    try {
      setAnswer({ explanation: await api.admin.explainRoute(toRequest(new FormData(form.current))) });
    } catch (error) {
      setAnswer({ fault: sentence(error) });
    }
  };
  useEffect(() => {
    const field = form.current?.elements.namedItem("model");
    if (model === "" || !(field instanceof HTMLInputElement)) return;
    field.value = model;
    void ask();
  }, [model]);

  return (
    <div class="page">
      <h2>Where would a call go now, and why?</h2>
      <p class="note">Asking changes nothing and calls no deployment.</p>
      <form
        ref={form}
        class="fields"
        onSubmit={(event: TargetedSubmitEvent<HTMLFormElement>) => {
          event.preventDefault();
          void ask();
        }}
      >
        <label>
          Model
          <input name="model" list="models" required defaultValue={firstModel} key={firstModel} autocomplete="off" />
        </label>
        <label>
          Tags
          <input name="tags" placeholder="eu, paid" autocomplete="off" />
        </label>
        <label>
          Request, bytes
          <input name="bytes" type="number" min={0} step={1} placeholder="small" />
        </label>
        <label>
          Output tokens, at most
          <input name="tokens" type="number" min={0} step={1} placeholder="not said" />
        </label>
        <label>
          Key’s name
          <input name="key" autocomplete="off" placeholder="none" />
        </label>
        <label>
          Region
          <input name="region" autocomplete="off" placeholder="any" />
        </label>
        <label class="check">
          <input name="stream" type="checkbox" /> Stream
        </label>
        <button type="submit" class="primary">
          Explain
        </button>
      </form>
      <div aria-live="polite">
        {answer === undefined ? null : "fault" in answer ? <p class="fault">{answer.fault}</p> : <Explanation of={answer.explanation} />}
      </div>
    </div>
  );
});

function toRequest(form: FormData) {
  const text = (name: string): string => {
    const value = form.get(name);
    return typeof value === "string" ? value.trim() : "";
  };
  const [tokens, region] = [text("tokens"), text("region")];
  return {
    model: text("model"),
    tags: text("tags")
      .split(",")
      .map((tag) => tag.trim())
      .filter((tag) => tag !== ""),
    requestBytes: Number(text("bytes")),
    stream: form.has("stream"),
    key: text("key"),
    ...(tokens !== "" && { maxOutputTokens: Number(tokens) }),
    ...(region !== "" && { allowedRegion: region }),
  };
}

function Explanation({ of }: { readonly of: ExplainRouteResponse }) {
  const { group, strategy, candidates, pickedId, reason, scoreMeaning, fallbacks } = of;
  return (
    <>
      <p class="verdict">
        <b>{pickedId === undefined || pickedId === "" ? "No deployment" : pickedId}</b>
      </p>
      <p>{reason}</p>
      <p class="note">
        Group {group}, {strategy}
        {scoreMeaning === "" ? "" : `; the score is ${scoreMeaning}`}.{" "}
        {fallbacks.length === 0 ? "No fallbacks." : `Falls back to ${fallbacks.join(", ")}.`}
      </p>
      <table class="plain">
        <thead>
          <tr>
            <th scope="col">Deployment</th>
            <th scope="col">State for this call</th>
            <th scope="col" class="number">
              Weight
            </th>
            <th scope="col" class="number">
              Score
            </th>
          </tr>
        </thead>
        <tbody>
          {candidates.map((one) => {
            const { word, tone } = eligibilityWord(one.eligibility);
            return (
              <tr key={one.deploymentId} class={one.picked ? "picked" : ""}>
                <th scope="row">
                  <span class="id">{one.deploymentId}</span>
                  {one.picked ? <small>picked</small> : null}
                </th>
                <td>
                  <span class={`state ${tone}`}>{word}</span>
                  <small>{one.detail}</small>
                </td>
                <td class="number">{one.weight === undefined ? "–" : weight(one.weight)}</td>
                <td class="number">{count(one.score)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </>
  );
}
