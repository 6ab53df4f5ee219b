import type { StreamEvent } from "../../../core/provider.ts";
import { scanMembers, spliceObject } from "../../../lib/json/json-splice.ts";
import { asFields } from "./choice-end.ts";

type Fields = Readonly<Record<string, unknown>>;

/** @param body A whole, well-formed reply to a text completion. @returns The same as the reply to a chat call. */
export function completionAsChat(body: Buffer): Buffer {
  return withChoices(body, "chat.completion", ({ text, ...choice }) => ({
    ...choice,
    message: { role: "assistant", content: text ?? null },
    logprobs: null,
  }));
}

/** Turns the events of one text completion's stream into those of a chat call. */
export class ChunksAsChat {
  /** The choices that have told their role. */
  readonly #begun = new Set<unknown>();

  convert(event: StreamEvent): StreamEvent {
    const { kind, format, usage, error, data, isFiltered } = event;
    if (data === undefined || kind === "error" || kind === "other" || kind === "usage") return event;
    const json = withChoices(data, "chat.completion.chunk", ({ text, ...choice }) => {
      const { index = 0 } = choice;
      const role = this.#begun.has(index) ? {} : { role: "assistant" };
      this.#begun.add(index);
      return { ...choice, delta: { ...role, ...(text === undefined ? {} : { content: text }) }, logprobs: null };
    });
    const bytes = Buffer.concat([Buffer.from("data: "), json, Buffer.from("\n\n")]);
    const chunk = { kind, format, usage, error, data: bytes.subarray(6, bytes.length - 2), bytes };
    return isFiltered === true ? { ...chunk, isFiltered } : chunk;
  }
}

function withChoices(json: Buffer, object: string, convert: (choice: Fields) => Fields): Buffer {
  const members = scanMembers(json);
  const set = new Map([["object", Buffer.from(JSON.stringify(object))]]);
  const choices = members.findLast(({ key }) => key === "choices");
  if (choices !== undefined) {
    const list: unknown = JSON.parse(json.toString("utf8", choices.valueStart, choices.valueEnd));
    const converted = Array.isArray(list) ? list.map((choice) => convert(asFields(choice) ?? {})) : [];
    set.set("choices", Buffer.from(JSON.stringify(converted)));
  }
  return Buffer.concat(spliceObject({ bytes: json, members }, { set }));
}
