import type { InboundProtocol } from "../core/call.ts";
import type { ClientIdentity } from "../inbound/client-identity.ts";
import type { HeaderReader } from "../inbound/call-headers.ts";

/** What a request shows of its caller. */
export interface Credentials {
  /** Reads the headers that may hold a key, which are looked at in turn until one does. */
  readonly header: HeaderReader;
  /** The address that the connection comes from. Empty where it is not known. */
  readonly address: string;
  readonly inboundProtocol: InboundProtocol;
  /** Who the client is by its certificate. Undefined where none was shown. */
  readonly identity: ClientIdentity | undefined;
}

/**
 * The headers beside `authorization` that a key may stand in, in the order in which they count: those of LiteLLM's, Anthropic's, Azure's,
 * Google's and Azure API Management's clients.
 */
export const keyHeaders: readonly string[] = ["x-litellm-api-key", "x-api-key", "api-key", "x-goog-api-key", "ocp-apim-subscription-key"];

/** Names what shows a request's caller: its headers, and the certificate of its connection. */
export function readCredentials(
  header: HeaderReader,
  address: string | undefined,
  inboundProtocol: InboundProtocol,
  identity?: ClientIdentity,
): Credentials {
  return { header, address: address ?? "", inboundProtocol, identity };
}

/** What one header shows: a key, something that cannot be one, or nothing. */
export type ShownKey =
  | { readonly kind: "missing"; readonly message: string }
  | { readonly kind: "malformed"; readonly message: string }
  | { readonly kind: "key"; readonly text: string };

/** Longer than any key, and longer than any token that an identity provider should issue. */
const longestKeyBytes = 8_192;

/** A caller that sends one of these schemes does not mean a key. Any other word before a space may be a piece of a secret. */
const otherSchemes = /^(basic|digest|negotiate|ntlm|apikey|token|hawk|dpop|aws4-hmac-sha256)\b/i;

const plainBearer = /^Bearer [^\s]/;

/** Reads the key in a header: `Bearer KEY`, or the key alone. @param header Its name, for messages. */
export function readShownKey(header: string, value: string): ShownKey {
  // Nearly all clients send this.
  if (value.length <= longestKeyBytes && plainBearer.test(value)) return { kind: "key", text: value.slice("Bearer ".length) };
  const text = value.replace(/^Bearer(?: +|$)/i, "");
  if (text.trim() === "") return { kind: "missing", message: `The header "${header}" holds no key${advice(header)}.` };
  if (text.length > longestKeyBytes) {
    return { kind: "malformed", message: `What the header "${header}" holds is no key: it has over ${longestKeyBytes} bytes.` };
  }
  const scheme = header === "authorization" && text === value && value.includes(" ") ? otherSchemes.exec(value)?.[1] : undefined;
  if (scheme === undefined) return { kind: "key", text };
  return { kind: "malformed", message: `The header "authorization" is of the scheme ${scheme}, which is not taken here${advice(header)}.` };
}

function advice(header: string): string {
  return header === "authorization" ? ': send "authorization: Bearer KEY"' : "";
}
