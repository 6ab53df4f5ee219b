import type { Call, ForeignRequest } from "../../../core/call.ts";
import { RouterError } from "../../../core/errors.ts";
import type { AnswerShelf } from "../../../core/pinned-ids.ts";
import type { JsonMembers, JsonValue } from "../../../core/provider.ts";
import { scanMembers, spliceObject } from "../../../lib/json/json-splice.ts";
import type { JsonText } from "../../../lib/json/json-text.ts";
import { parseExact } from "../../../lib/json/parse-exact.ts";
import { isMembers } from "../../kit/chat/chat-fields.ts";
import { bridgedMark, bridgedName, bridgedNameOf } from "./bridged-ids.ts";

/** A request for a response, with the words that it had when it was read, from which bodies for single deployments are made. */
export interface WrittenRequest extends ForeignRequest {
  readonly written: JsonText;
}

/** Whether an answer that is made of a chat is to be kept, as OpenAI keeps answers. */
export function wantsKept({ body }: Pick<Call, "body">): boolean {
  return memberOf(body, "store")?.toString() !== "false";
}

/**
 * Keeps an answer for requests that go on from it, with what was asked; without that where both together are too large.
 * @param output Its items.
 */
export function keepAnswer(shelf: AnswerShelf | undefined, call: Call, output: readonly JsonMembers[]): void {
  if (shelf === undefined || !wantsKept(call)) return;
  const key = keyOf(bridgedName(call), call.caller?.name);
  const items = JSON.stringify(output);
  const { foreign } = call;
  const asked = memberOf(foreign !== undefined && "written" in foreign ? (foreign as WrittenRequest).written : call.body, "input");
  const head = Buffer.from(`{"output":${items}`);
  const end = Buffer.from("}");
  if (!shelf.put(key, Buffer.concat([head, Buffer.from(',"input":'), asked ?? Buffer.from("[]"), end]))) {
    shelf.put(key, Buffer.concat([head, end]));
  }
}

/**
 * Puts what is kept of earlier answers in place of their names: in `previous_response_id` and in references to items.
 * @returns The same text where it names none that was made of a chat. `invalid_request` where what it names is no longer kept.
 */
export function withKeptAnswers(text: JsonText, shelf: AnswerShelf | undefined, caller: string | undefined): JsonText | RouterError {
  const previous = memberOf(text, "previous_response_id");
  const input = memberOf(text, "input");
  const named = previous?.includes(bridgedMark) === true ? parseExact(previous.toString()) : undefined;
  if (typeof named !== "string" && input?.includes(bridgedMark) !== true) return text;
  try {
    const reader = new KeptAnswers(shelf, caller);
    const items = itemsOf(input === undefined ? undefined : (parseExact(input.toString()) as JsonValue));
    const own = items.map((item, index) => (isMembers(item) ? reader.item(item, `input[${index}]`) : item));
    const whole = typeof named === "string" ? [...reader.before(named), ...own] : own;
    const set = new Map([["input", Buffer.from(JSON.stringify(whole))]]);
    const bytes = Buffer.concat(
      spliceObject(text, typeof named === "string" ? { set, remove: new Set(["previous_response_id"]) } : { set }),
    );
    return { bytes, members: scanMembers(bytes) };
  } catch (error) {
    if (error instanceof RouterError) return error;
    throw error;
  }
}

/** A small request may name the same large answer many times. */
const mostBytes = 16 * 1_024 * 1_024;

interface KeptAnswer {
  readonly output: readonly JsonValue[];
  /** Undefined where the answer alone is kept. */
  readonly input: readonly JsonValue[] | undefined;
  readonly bytes: number;
}

/** What one request names of what is kept. */
class KeptAnswers {
  readonly #shelf: AnswerShelf | undefined;
  readonly #caller: string | undefined;
  readonly #known = new Map<string, KeptAnswer>();
  #bytes = 0;

  constructor(shelf: AnswerShelf | undefined, caller: string | undefined) {
    this.#shelf = shelf;
    this.#caller = caller;
  }

  before(responseId: string): readonly JsonValue[] {
    const param = "previous_response_id";
    const { input, output } = this.#answer(responseId, param);
    return input === undefined ? gone(responseId, param) : [...input, ...output];
  }

  item(item: JsonMembers, path: string): JsonValue {
    const { type, role, id } = item;
    const isReference = type === "item_reference" || (type === undefined && role === undefined);
    if (!isReference || typeof id !== "string" || bridgedNameOf(id) === undefined) return item;
    return this.#answer(id, path).output.find((one) => isMembers(one) && one["id"] === id) ?? gone(id, path);
  }

  #answer(id: string, param: string): KeptAnswer {
    const name = bridgedNameOf(id) ?? gone(id, param);
    const answer = this.#known.get(name) ?? this.#take(name) ?? gone(id, param);
    this.#known.set(name, answer);
    this.#bytes += answer.bytes;
    if (this.#bytes <= mostBytes) return answer;
    throw new RouterError("invalid_request", "The request names more of earlier answers than can be put into it.", { param });
  }

  #take(name: string): KeptAnswer | undefined {
    const text = this.#shelf?.get(keyOf(name, this.#caller));
    if (text === undefined) return undefined;
    const { output, input } = parseExact(text.toString()) as JsonMembers;
    return { output: itemsOf(output), input: input === undefined ? undefined : itemsOf(input), bytes: text.length };
  }
}

/** The same whether it was never kept, or is another caller's. */
function gone(id: string, param: string): never {
  const message =
    `\`${param}\` names ${JSON.stringify(id.slice(0, longestShown))}, which is no longer kept here: answers of models that have chat alone are kept for ` +
    "a while, in the memory of one process. Send the whole transcript as `input` instead, with `store` false.";
  throw new RouterError("invalid_request", message, { param });
}

const longestShown = 100;

function keyOf(name: string, caller: string | undefined): string {
  return JSON.stringify([name, caller ?? null]);
}

function memberOf({ bytes, members }: JsonText, key: string): Buffer | undefined {
  const member = members.findLast((one) => one.key === key);
  return member === undefined ? undefined : bytes.subarray(member.valueStart, member.valueEnd);
}

function itemsOf(input: JsonValue | undefined): readonly JsonValue[] {
  if (typeof input === "string") return [{ type: "message", role: "user", content: input }];
  return Array.isArray(input) ? (input as readonly JsonValue[]) : [];
}
