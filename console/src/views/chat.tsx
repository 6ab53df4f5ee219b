import type { TargetedSubmitEvent } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Api } from "../api.ts";
import { describeRoute, streamChat, type ChatMessage, type Route } from "../chat-call.ts";
import { milliseconds } from "../format.ts";
import { pure } from "../hooks.ts";
import { sentence } from "../sentence.ts";

interface Props {
  readonly api: Api;
  /** The model that another view asked for; empty for none. */
  readonly model: string;
  readonly firstModel: string;
}

interface Turn extends ChatMessage {
  readonly id: number;
  readonly route?: Route | undefined;
  readonly fault?: string | undefined;
  /** Time to the first text, as measured by the browser. */
  readonly firstTextMs?: number | undefined;
  readonly totalMs?: number | undefined;
}

/** Talks with a model and shows which deployment answers. */
export const Chat = pure(({ api, model, firstModel }: Props) => {
  const [turns, setTurns] = useState<readonly Turn[]>([]);
  const [running, setRunning] = useState<AbortController>();
  const form = useRef<HTMLFormElement>(null);
  const end = useRef<HTMLDivElement>(null);

  useEffect(() => {
    if (model === "") return;
    setField(form.current, "model", model);
    fieldOf(form.current, "text")?.focus();
  }, [model]);
  useEffect(() => end.current?.scrollIntoView({ block: "nearest" }), [turns]);

  const send = async (): Promise<void> => {
    const text = fieldOf(form.current, "text")?.value.trim() ?? "";
    const name = fieldOf(form.current, "model")?.value.trim() ?? "";
    if (text === "" || name === "" || running !== undefined) return;
    const begunAt = performance.now();
    const controller = new AbortController();
    const question: Turn = { id: turns.length, role: "user", text };
    const answer: Turn = { id: turns.length + 1, role: "assistant", text: "" };
    const change = (how: (turn: Turn) => Partial<Turn>): void =>
      setTurns((before) => before.map((turn) => (turn.id === answer.id ? { ...turn, ...how(turn) } : turn)));
    setRunning(controller);
    setTurns([...turns, question, answer]);
    setField(form.current, "text", "");
    try {
      // A question without an answer is not part of the conversation.
      const said = turns.filter((turn, index) => turn.text !== "" && (turn.role === "assistant" || (turns[index + 1]?.text ?? "") !== ""));
      await streamChat(api.chat, name, [...said, question], controller.signal, {
        onRoute: (route) => change(() => ({ route })),
        onText: (more) => change((turn) => ({ text: turn.text + more, firstTextMs: turn.firstTextMs ?? performance.now() - begunAt })),
      });
    } catch (error) {
      change(() => ({ fault: controller.signal.aborted ? "Stopped." : sentence(error) }));
    }
    change(() => ({ totalMs: performance.now() - begunAt }));
    setRunning(undefined);
  };

  return (
    <div class="page">
      <h2>Chat</h2>
      <div class="turns" role="log" aria-live="polite" aria-busy={running !== undefined}>
        {turns.length === 0 ? <p class="note">Each answer says which deployment it came from.</p> : null}
        {turns.map((turn) => (
          <TurnView key={turn.id} turn={turn} />
        ))}
        <div ref={end} />
      </div>
      <form
        ref={form}
        class="say"
        onSubmit={(event: TargetedSubmitEvent<HTMLFormElement>) => {
          event.preventDefault();
          void send();
        }}
      >
        <label>
          Model
          <input name="model" list="models" required defaultValue={firstModel} key={firstModel} autocomplete="off" />
        </label>
        <label class="wide">
          Message
          <textarea
            name="text"
            rows={2}
            required
            onKeyDown={(event) => {
              if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
              event.preventDefault();
              void send();
            }}
          />
        </label>
        <span class="buttons">
          {running === undefined ? (
            <button type="submit" class="primary">
              Send
            </button>
          ) : (
            <button type="button" onClick={() => running.abort()}>
              Stop
            </button>
          )}
          <button type="button" disabled={turns.length === 0 || running !== undefined} onClick={() => setTurns([])}>
            Clear
          </button>
        </span>
      </form>
    </div>
  );
});

function TurnView({ turn }: { readonly turn: Turn }) {
  const { role, text, route, fault, firstTextMs, totalMs } = turn;
  return (
    <div class={`turn ${role}`}>
      <span class="hidden">{role === "user" ? "You: " : "Answer: "}</span>
      <p class="text">{text}</p>
      {fault === undefined ? null : <p class="fault">{fault}</p>}
      {route === undefined ? null : (
        <p class="note route">
          {describeRoute(route)}
          {firstTextMs === undefined ? "" : `; first text after ${milliseconds(firstTextMs)}`}
          {totalMs === undefined ? "" : `, all after ${milliseconds(totalMs)}`}
        </p>
      )}
    </div>
  );
}

function fieldOf(form: HTMLFormElement | null, name: string): HTMLInputElement | HTMLTextAreaElement | undefined {
  const field = form?.elements.namedItem(name);
  return field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement ? field : undefined;
}

function setField(form: HTMLFormElement | null, name: string, value: string): void {
  const field = fieldOf(form, name);
  if (field !== undefined) field.value = value;
}
