import type { InboundProtocol } from "../core/call.ts";
import type { HeaderReader } from "../inbound/call-headers.ts";

/** What a request shows of its caller. */
export interface Credentials {
  /** `Bearer KEY`, or the key alone. */
  readonly authorization: string | undefined;
  /** The key in a header of its own, as Azure's and others' clients send it. */
  readonly apiKey: string | undefined;
  /** The header that {@link apiKey} is from. */
  readonly apiKeyHeader: "api-key" | "x-api-key";
  /** The address that the connection comes from. Empty where it is not known. */
  readonly address: string;
  readonly inboundProtocol: InboundProtocol;
}

/** Reads what a request's headers show. `x-api-key` wins over `api-key`. */
export function readCredentials(header: HeaderReader, address: string | undefined, inboundProtocol: InboundProtocol): Credentials {
  const other = header("x-api-key");
  return {
    authorization: header("authorization"),
    apiKey: other ?? header("api-key"),
    apiKeyHeader: other === undefined ? "api-key" : "x-api-key",
    address: address ?? "",
    inboundProtocol,
  };
}
