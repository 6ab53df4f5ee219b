import type { DeploymentHost } from "../../core/format.ts";
import type { ProviderAdapter } from "../../core/provider.ts";
import { TwoFormatAdapter } from "../kit/native/two-format-adapter.ts";
import { responsesFormat } from "./kit/format-name.ts";
import { ResponsesNative } from "./native/responses-native.ts";
import type { ResponsesUse } from "./responses-use.ts";

/** How a deployment is asked for Responses, and how it is asked for all else. */
export interface ResponsesQuirks {
  readonly use: ResponsesUse;
  /** The adapter for callers of other formats, as far as the deployment has more than Responses. */
  readonly beside: ProviderAdapter;
}

/** OpenAI's Responses: https://platform.openai.com/docs/api-reference/responses */
export const responses = {
  name: responsesFormat,
  connect(host: DeploymentHost, { use, beside }: ResponsesQuirks): ProviderAdapter {
    return use === "none" ? beside : new TwoFormatAdapter(beside, new ResponsesNative(host));
  },
};
