import assert from "node:assert/strict";
import { ask } from "../../support/http-client.ts";
import { readRoute, type Answer } from "./answer.ts";
import type { Mode } from "./dimensions.ts";

interface ToldError {
  readonly code?: string | null;
  readonly type?: string;
}

interface Response {
  readonly model?: string;
  readonly output?: readonly { readonly content?: readonly { readonly text?: string }[] }[];
  readonly error?: ToldError | null;
}

/** What the caller reads of a response, of an event, or of an error. */
interface Told extends Response {
  readonly type?: string;
  readonly delta?: string;
  readonly response?: Response;
}

/** Nothing comes after these. */
const lastTypes: ReadonlySet<string | undefined> = new Set(["response.completed", "response.incomplete", "response.failed", "error"]);

/** A caller of OpenAI's Responses, by plain HTTP/1.1, on a connection of its own. */
export async function askByResponses(port: number, model: string, mode: Mode): Promise<Answer> {
  const stream = mode === "stream";
  const body = JSON.stringify({ model, input: "go", ...(stream ? { stream } : {}) });
  const answer = await ask(port, "http1", { method: "POST", path: "/v1/responses", headers: { "content-type": "application/json" }, body });
  const header = (name: string): string | undefined => answer.headers[name]?.toString();
  const isStream = header("content-type")?.startsWith("text/event-stream") === true;
  const told = (isStream ? eventsOf(answer.text) : [answer.text]).map((text) => JSON.parse(text) as Told);
  const error = told.map((one) => one.error).find((one) => one !== undefined && one !== null);
  const retryAfter = header("retry-after");
  const texts = told.filter(({ type }) => !isStream || type === "response.output_text.delta");
  return {
    status: answer.status,
    // OpenAI's API has no code for a request that is simply wrong.
    code: error === undefined ? undefined : (error.code ?? error.type?.replace(/_error$/, "")),
    retryAfterSeconds: retryAfter === undefined ? undefined : Number(retryAfter),
    text: texts.map(({ delta, output }) => delta ?? output?.[0]?.content?.[0]?.text ?? "").join(""),
    model: told.map(({ model: named, response }) => named ?? response?.model).find((name) => name !== undefined),
    ends: isStream ? told.filter(({ type }) => type === "response.completed").length : Number(error === undefined),
    route: readRoute(header),
  };
}

/** The data of a stream's events, comments left out. Nothing may come after the last event, but for a failed response after its error. */
function eventsOf(text: string): string[] {
  const events = text.split("\n\n");
  assert.equal(events.pop(), "", `the stream stops within an event: ${text.slice(-200)}`);
  const data = events
    .filter((event) => !event.startsWith(":"))
    .map((event) => {
      const [, name, json = ""] = /^event: (\S+)\ndata: (.*)$/.exec(event) ?? [];
      assert.equal((JSON.parse(json) as Told).type, name);
      return json;
    });
  const types = data.map((json) => (JSON.parse(json) as Told).type);
  const end = types.findIndex((type) => lastTypes.has(type));
  assert.ok(
    end !== -1 && (end === types.length - 1 || types.slice(end).join() === "error,response.failed"),
    `the end is ${types.slice(-3).join()}`,
  );
  return data;
}
