import type { JsonMembers, JsonValue } from "../../../core/provider.ts";
import { isMembers } from "../chat/chat-fields.ts";
import type { Tool } from "../chat/conversation.ts";

/** Hosts of Claude other than Anthropic's own. They refuse betas that they do not know. */
export type BetaHost = "bedrock-converse" | "bedrock-invoke" | "bedrock-mantle" | "vertex";

const common = [
  "computer-use-2025-01-24",
  "computer-use-2025-11-24",
  "context-1m-2025-08-07",
  "effort-2025-11-24",
  "fine-grained-tool-streaming-2025-05-14",
  "thinking-binding-controls-2026-08-01",
  "thinking-display-updates-2026-08-18",
];
const ofMessages = [
  ...common,
  "compact-2026-01-12",
  "context-management-2025-06-27",
  "dangerous-tool-use-2026-09-03",
  "tool-search-tool-2025-10-19",
];
const ofMantle = [
  ...ofMessages,
  "claude-code-20250219",
  "interleaved-thinking-2025-05-14",
  "output-128k-2025-02-19",
  "per-turn-control-2026-07-01",
  "structured-outputs-2025-11-13",
  "token-efficient-tools-2025-02-19",
  "tool-examples-2025-10-29",
  "web-search-2025-03-05",
];

/** LiteLLM's table of what each host takes. */
const known: Readonly<Record<BetaHost, ReadonlySet<string>>> = {
  "bedrock-converse": new Set([...common, "structured-outputs-2025-11-13"]),
  "bedrock-invoke": new Set([
    ...ofMessages,
    "compact-2026-09-04",
    "mid-conversation-output-config-2026-07-01",
    "mid-conversation-tool-changes-2026-07-01",
  ]),
  "bedrock-mantle": new Set(ofMantle),
  vertex: new Set([
    ...ofMantle,
    "afk-mode-2026-01-31",
    "fallback-credit-2026-06-01",
    "fallback-credit-2026-07-01",
    "inline-tools-2026-09-15",
    "mid-conversation-output-config-2026-07-01",
    "mid-conversation-system-clear-at-2026-08-21",
    "mid-conversation-tool-changes-2026-07-01",
    "model-context-window-exceeded-2025-08-26",
    "pdfs-2024-09-25",
    "server-side-fallback-2026-06-01",
    "structured-outputs-2025-12-15",
    "task-budgets-2026-03-13",
    "thinking-token-count-2026-05-13",
    "token-counting-2024-11-01",
  ]),
};

/** What a host takes in the header `anthropic-beta` and not in the body. */
const inHeader: Readonly<Partial<Record<BetaHost, ReadonlySet<string>>>> = {
  vertex: new Set([
    "compact-2026-09-04",
    "extended-cache-ttl-2025-04-11",
    "oauth-2025-04-20",
    "prompt-caching-2024-07-31",
    "prompt-caching-scope-2026-01-05",
    "redact-thinking-2026-02-12",
  ]),
};

/** Betas that hosts know by another name. */
const renamed: Readonly<Record<string, string>> = { "advanced-tool-use-2025-11-20": "tool-search-tool-2025-10-19" };

/** Anthropic's own tools that a host does not run, and refuses without telling which. */
const lacking: Readonly<Partial<Record<BetaHost, RegExp>>> = {
  "bedrock-invoke": /^web_(?:search|fetch)_/,
  "bedrock-mantle": /^web_fetch_/,
  vertex: /^web_fetch_/,
};

/** Whether a host runs one of Anthropic's own tools. @param host Undefined for Anthropic's own, which runs all. */
export function runsTool(type: string, host: BetaHost | undefined): boolean {
  return host === undefined || lacking[host]?.test(type) !== true;
}

const noBetas: readonly string[] = [];

/**
 * The betas that are asked for by a request, by its deployment, and by tools that need one.
 * @param sources Lists, or texts with commas as in the header.
 */
export function askedBetas(tools: readonly Tool[], ...sources: readonly (JsonValue | undefined)[]): readonly string[] {
  const needsOne = tools.some(({ kind }) => kind === "hosted");
  if (!needsOne && sources.every((source) => source === undefined)) return noBetas;
  const named = sources.flat().flatMap((value) => (typeof value === "string" ? value.split(",") : []));
  for (const tool of tools) {
    const [, year, month, day] = tool.kind === "hosted" ? (/^computer_(\d{4})(\d\d)(\d\d)$/.exec(tool.type) ?? []) : [];
    if (year !== undefined) named.push(`computer-use-${year}-${month}-${day}`);
  }
  return [...new Set(named.map((name) => name.trim()))].filter((name) => name !== "");
}

/** Those of the betas that a host takes, by its names for them. @param host Undefined for Anthropic's own, which is sent all. */
export function keptBetas(asked: readonly string[], host: BetaHost | undefined): readonly string[] {
  if (host === undefined) return asked;
  return [...new Set(asked.map((name) => renamed[name] ?? name))].filter((name) => known[host].has(name) || isForHeader(name, host));
}

/** Whether a host takes a beta in the header alone. */
export function isForHeader(name: string, host: BetaHost | undefined): boolean {
  return host !== undefined && inHeader[host]?.has(name) === true;
}

/**
 * Takes out of a request's members what a host refuses without the beta that it belongs to.
 * @param kept Of {@link keptBetas}.
 */
export function withoutBetaFields(members: JsonMembers, kept: readonly string[]): JsonMembers {
  const has = (start: string): boolean => kept.some((name) => name.startsWith(start));
  const { context_management: management, thinking, ...rest } = members;
  return {
    ...rest,
    ...(management !== undefined && (has("context-management") || has("compact")) ? { context_management: management } : {}),
    ...(thinking === undefined ? {} : { thinking: isMembers(thinking) ? thinkingFor(thinking, has) : thinking }),
  };
}

function thinkingFor(thinking: JsonMembers, has: (start: string) => boolean): JsonMembers {
  const { block_binding: binding, display, ...rest } = thinking;
  return {
    ...rest,
    ...(binding !== undefined && has("thinking-binding-controls") ? { block_binding: binding } : {}),
    ...(display !== undefined && (display !== "updates" || has("thinking-display-updates")) ? { display } : {}),
  };
}
