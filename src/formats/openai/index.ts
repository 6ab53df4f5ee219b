import { type Format, openAiFormat } from "../../core/format.ts";
import { OpenAiAdapter, type OpenAiQuirks } from "./adapter.ts";
import { openAiCaller } from "./caller.ts";
import { PromptedAdapter } from "./prompted-adapter.ts";

/** OpenAI's chat completions, completions and embeddings: https://platform.openai.com/docs/api-reference */
export const openAi = {
  name: openAiFormat,
  caller: openAiCaller,
  connect(host, quirks) {
    const adapter = new OpenAiAdapter(host, quirks);
    return quirks.prompts === true ? new PromptedAdapter(adapter, host) : adapter;
  },
} satisfies Format<OpenAiQuirks>;
