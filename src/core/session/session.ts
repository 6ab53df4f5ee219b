import { cutText } from "../../lib/cut-text.ts";

/**
 * The one place that knows by which names clients tell which conversation a call belongs to, and whose it is. What they say is not checked:
 * it may decide what a call is kept with and whom it shares with, never what it may do.
 */

/** Whose conversation a call is part of, as its client tells it. */
export interface CallSession {
  /** The conversation: a subagent's is its own. */
  readonly id: string;
  /** The conversation that it was begun from, which all its subagents share. */
  readonly root: string;
}

/** Reads a header by its lower-case name. */
type Header = (name: string) => string | undefined;

/** Characters of an id that are kept. */
const longestId = 128;

/** Headers that name a conversation, the surest first. Huntgroup's and LiteLLM's are said on purpose; the others are what agents send by themselves. */
const conversationHeaders = [
  "x-huntgroup-session-id",
  "x-litellm-trace-id",
  "x-litellm-session-id",
  "x-claude-code-session-id",
  "session-id",
  "session_id",
  "thread-id",
  "conversation_id",
  "x-session-id",
] as const;

/** What other vendors' headers are called, and what stands in them. */
const vendorsHeader = /^x-[a-z0-9-]+-session-id$/;
const vendorsValue = /^[A-Za-z0-9_-]{8,}$/;

/**
 * The session that a request's headers name. A subagent's id goes before that of the conversation it works for.
 * @param names All names of headers, lower-case: any vendor may have one of its own.
 * @returns undefined where they name none.
 */
export function sessionOfHeaders(header: Header, names: readonly string[]): CallSession | undefined {
  if (!names.some(mayNameSession)) return undefined;
  const conversation = conversationOf(header, names);
  const agent = agentOf(header);
  if (agent === undefined) return conversation === undefined ? undefined : { id: conversation, root: conversation };
  if (conversation === undefined || conversation === agent) return { id: agent, root: agent };
  return { id: `${conversation}/${agent}`, root: conversation };
}

/** Whether a header's name ends as all do that name a session. Most requests have no such header, and are looked at no further. */
export function mayNameSession(name: string): boolean {
  const { length } = name;
  return name.charCodeAt(length - 1) === lastOfId && name.charCodeAt(length - 2) === firstOfId;
}

const firstOfId = "i".charCodeAt(0);
const lastOfId = "d".charCodeAt(0);

function conversationOf(header: Header, names: readonly string[]): string | undefined {
  for (const name of conversationHeaders) {
    const id = idOf(header(name));
    if (id !== undefined) return id;
  }
  for (const name of names) {
    if (!name.endsWith("-session-id") || !vendorsHeader.test(name)) continue;
    const id = idOf(header(name));
    if (id !== undefined && vendorsValue.test(id)) return id;
  }
  return undefined;
}

/** The subagent that sent the request. Codex has a thread for each; all of a session's have the session's id. */
function agentOf(header: Header): string | undefined {
  const agent = idOf(header("x-claude-code-agent-id"));
  if (agent !== undefined) return agent;
  const isChild = header("x-openai-subagent") !== undefined || header("x-codex-parent-thread-id") !== undefined;
  return isChild ? idOf(header("thread-id")) : undefined;
}

/**
 * The session that the fields of a request's body name, in OpenAI's API or in another one. What names only the user comes last.
 * @param fields The body's members.
 * @returns undefined where they name none.
 */
export function sessionOfFields(fields: Readonly<Record<string, unknown>>): CallSession | undefined {
  const id =
    idOf(fields["litellm_session_id"]) ??
    idOf(fields["litellm_trace_id"]) ??
    idOf(fields["session_id"]) ??
    sessionOfMetadata(fields["metadata"]) ??
    conversationField(fields["conversation"]) ??
    idOf(fields["prompt_cache_key"]) ??
    idOf(fields["safety_identifier"]) ??
    idOf(fields["user"]);
  return id === undefined ? undefined : { id, root: id };
}

function sessionOfMetadata(metadata: unknown): string | undefined {
  if (!isObject(metadata)) return undefined;
  const { session_id: session, user_id: user } = metadata;
  return idOf(session) ?? sessionOfUser(user);
}

/** Claude Code names its session in the user's id: as an object's JSON, or in older versions behind `_session_`. */
function sessionOfUser(user: unknown): string | undefined {
  if (isObject(user)) return idOf(user["session_id"]);
  if (typeof user !== "string" || user.length > longestUser) return undefined;
  if (!user.startsWith("{")) return idOf(/_session_([A-Za-z0-9_-]+)$/.exec(user)?.[1]);
  try {
    const parsed: unknown = JSON.parse(user);
    return isObject(parsed) ? idOf(parsed["session_id"]) : undefined;
  } catch {
    return undefined;
  }
}

/** Longer ids of users are not looked into. */
const longestUser = 1_024;

/** The conversation of OpenAI's Responses: its id, or an object with it. */
function conversationField(conversation: unknown): string | undefined {
  return idOf(isObject(conversation) ? conversation["id"] : conversation);
}

function idOf(value: unknown): string | undefined {
  if (typeof value !== "string") return undefined;
  const id = cutText(value, longestId).trim();
  return id === "" ? undefined : id;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
