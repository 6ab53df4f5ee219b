import { type Format, openAiFormat } from "../../core/format.ts";
import { OpenAiAdapter, type OpenAiQuirks } from "./adapter.ts";
import { openAiCaller } from "./caller.ts";

/** OpenAI's chat completions, completions and embeddings: https://platform.openai.com/docs/api-reference */
export const openAi = {
  name: openAiFormat,
  caller: openAiCaller,
  connect: (host, quirks) => new OpenAiAdapter(host, quirks),
} satisfies Format<OpenAiQuirks>;
