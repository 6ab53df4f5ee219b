/**
 * Which betas of Anthropic's hosts other than its own take, and what goes with them: data alone. The names are from LiteLLM's table.
 */

/**
 * Hosts of Messages other than Anthropic's own. They refuse betas that they do not know. `compatible` stands for those that have models of
 * their own behind Anthropic's API.
 */
export type BetaHost = "bedrock-converse" | "bedrock-invoke" | "bedrock-mantle" | "vertex" | "foundry" | "compatible";

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

/** What each host takes. */
export const known: Readonly<Partial<Record<BetaHost, ReadonlySet<string>>>> = {
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

/** What a host refuses, where it takes all else. */
export const refused: Readonly<Partial<Record<BetaHost, RegExp>>> = {
  foundry: /^(?:agent-memory-|advisor-tool-|mcp-servers-|bash_|text_editor_)/,
};

/** What a host takes in the header `anthropic-beta` and not in the body. */
export const inHeader: Readonly<Partial<Record<BetaHost, ReadonlySet<string>>>> = {
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
export const renamed: Readonly<Record<string, string>> = { "advanced-tool-use-2025-11-20": "tool-search-tool-2025-10-19" };

/** Anthropic's own tools that a host does not run, and refuses without telling which. */
export const lacking: Readonly<Partial<Record<BetaHost, RegExp>>> = {
  "bedrock-invoke": /^web_(?:search|fetch)_/,
  "bedrock-mantle": /^web_fetch_/,
  vertex: /^web_fetch_/,
};

/** A field of Messages that a host refuses without a beta. */
export interface BetaField {
  /** What the names of the betas begin with, any of which will do. */
  readonly betas: readonly string[];
  /** Whether hosts refuse it only where such a beta was asked for and is not had there: they may know it without one. Omit it for always. */
  readonly isOften?: true;
}

/** By where the field stands. `late` are messages of the role `system` between others. */
export const betaFields = {
  contextManagement: { betas: ["context-management-", "compact-"] },
  thinkingBinding: { betas: ["thinking-binding-controls-"] },
  thinkingUpdates: { betas: ["thinking-display-updates-"] },
  lateClearAt: { betas: ["mid-conversation-system-clear-at-"] },
  lateOutputConfig: { betas: ["mid-conversation-output-config-", "per-turn-control-"] },
  lateToolChanges: { betas: ["mid-conversation-tool-changes-", "inline-tools-"] },
  toolStrict: { betas: ["structured-outputs-"], isOften: true },
  toolDeferLoading: { betas: ["tool-search-tool-", "advanced-tool-use-"], isOften: true },
} as const satisfies Readonly<Record<string, BetaField>>;

export type BetaFieldName = keyof typeof betaFields;
