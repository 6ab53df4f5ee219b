import type { Call } from "../../../../src/core/call.ts";
import { RouterError } from "../../../../src/core/errors.ts";
import { anthropic } from "../../../../src/formats/anthropic/index.ts";
import type { NativeKind } from "../../../../src/formats/anthropic/native/native-host.ts";
import type { DeploymentHost } from "../../../../src/core/format.ts";
import type { ProviderAdapter, StreamEvent } from "../../../../src/core/provider.ts";
import { scanMembers } from "../../../../src/lib/json/json-splice.ts";
import { PiecedText } from "../../../../src/lib/json/json-text.ts";
import { chatCall, encoded, testHost, testRules } from "../../kit/chat/support.ts";

/** What a caller of Messages says besides its body. */
export interface MessagesOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly operation?: string;
  readonly stream?: boolean;
  /** Where the body was cut on its way. */
  readonly cutAt?: number;
}

/** A call of Messages with these very bytes. The caller names the model `m`. */
export function messagesCall(json: string, { headers = {}, operation = "messages", stream = false, cutAt }: MessagesOptions = {}): Call {
  const bytes = Buffer.from(json);
  const members = scanMembers(bytes);
  const body = cutAt === undefined ? { bytes, members } : new PiecedText([bytes.subarray(0, cutAt), bytes.subarray(cutAt)], members);
  return {
    ...chatCall({}),
    format: "anthropic",
    stream,
    body,
    foreign: {
      format: "anthropic",
      operation,
      headers,
      onlyNative: operation === "count_tokens",
      toOpenAi: () => new RouterError("invalid_request", "It is not to be translated."),
    },
  };
}

/** An adapter of a deployment that speaks Messages. */
export function messagesAdapter(kind: Partial<NativeKind> = {}, host: Partial<DeploymentHost> = {}): ProviderAdapter {
  return anthropic.connect(
    testHost({ path: () => "/v1/messages", headers: { "x-api-key": "secret", "anthropic-version": "2023-06-01" }, ...host }),
    {
      rules: testRules(),
      takesPrefill: false,
      host: { takesUrls: true },
      model: undefined,
      native: kind,
    },
  );
}

/** The very text that a call's request has. */
export function sentText(adapter: ProviderAdapter, call: Call, model = "upstream"): string {
  return Buffer.concat(encoded(adapter, call, model).body).toString();
}

/** What the caller of a stream is sent, as far as it came from the provider. */
export function passedOn(events: readonly StreamEvent[]): string {
  return events.map(({ bytes }) => bytes.toString()).join("");
}
