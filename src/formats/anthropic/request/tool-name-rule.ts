import type { ToolNameRule } from "../../kit/chat/tool-names.ts";

/** The names of tools that Anthropic takes. */
export const anthropicToolNames: ToolNameRule = { illegal: /[^a-zA-Z0-9_-]/g, longest: 128 };
