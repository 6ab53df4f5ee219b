import type { ToolNameRule } from "../../kit/chat/tool-names.ts";

/** The names of functions that Gemini takes. */
export const geminiToolNames: ToolNameRule = { illegal: /[^a-zA-Z0-9_.:-]/g, longest: 64, beginsWithLetter: true };
