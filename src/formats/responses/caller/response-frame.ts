import type { Call } from "../../../core/call.ts";
import type { JsonMembers } from "../../../core/provider.ts";
import { bridgedId, bridgedName } from "./bridged-ids.ts";

/** Members of a request that its response repeats, and what stands there where the request has none. */
const repeated: Readonly<Record<string, string>> = {
  background: "false",
  instructions: "null",
  max_output_tokens: "null",
  max_tool_calls: "null",
  metadata: "{}",
  parallel_tool_calls: "true",
  prompt_cache_key: "null",
  reasoning: '{"effort":null,"summary":null}',
  safety_identifier: "null",
  temperature: "1",
  text: '{"format":{"type":"text"}}',
  tool_choice: '"auto"',
  tools: "[]",
  top_p: "1",
  truncation: '"disabled"',
  user: "null",
};

/** What is the same in each telling of one response, whose other members change while it is made. */
export class ResponseFrame {
  readonly #call: Call;
  readonly #createdAt: number;
  readonly #id: string;
  readonly #isKept: boolean;
  #repeated: string | undefined;
  /** The name that the answer has: of the group that gave it. */
  model: string;

  /** @param createdAt Seconds since 1970. @param isKept Whether later requests may go on from it. */
  constructor(call: Call, createdAt: number, isKept: boolean) {
    this.#call = call;
    this.#createdAt = createdAt;
    this.#id = bridgedId(bridgedName(call));
    this.#isKept = isKept;
    this.model = call.model;
  }

  /** @returns JSON. @param members What is known by now. */
  json(members: JsonMembers): string {
    const head = { id: this.#id, object: "response", created_at: this.#createdAt, model: this.model, ...members };
    return `${JSON.stringify(head).slice(0, -1)},${(this.#repeated ??= this.#repeat())}}`;
  }

  #repeat(): string {
    const { bytes, members } = this.#call.body;
    const told = Object.entries(repeated).map(([name, usual]) => {
      const member = members.findLast(({ key }) => key === name);
      const text = member === undefined ? "null" : bytes.toString("utf8", member.valueStart, member.valueEnd);
      // A line break in JSON stands between values, and would end the line of an event.
      return `"${name}":${text === "null" ? usual : text.replaceAll(/[\r\n]+/g, " ")}`;
    });
    return `"previous_response_id":null,"store":${this.#isKept},${told.join(",")}`;
  }
}
