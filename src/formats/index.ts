import type { CallerFormat } from "../core/format.ts";
import { anthropic } from "./anthropic/index.ts";
import { openAi } from "./openai/index.ts";
import { responses } from "./responses/index.ts";

/** The formats that callers may speak. To add one: a folder, and an entry here. Paths are looked up in this order. */
export const callerFormats: readonly CallerFormat[] = [openAi.caller, anthropic.caller, responses.caller];
