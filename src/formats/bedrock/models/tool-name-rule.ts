import type { ToolNameRule } from "../../kit/chat/tool-names.ts";

/** The names of tools that Converse takes. */
export const bedrockToolNames: ToolNameRule = { illegal: /[^a-zA-Z0-9_-]/g, longest: 64, beginsWithLetter: true };
