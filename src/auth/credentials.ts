import type { InboundProtocol } from "../core/call.ts";
import type { HeaderReader } from "../inbound/call-headers.ts";

/** What a request shows of whoever makes it. */
export interface Credentials {
  /** `Bearer KEY`, or the key alone. */
  readonly authorization: string | undefined;
  /** As Azure's and others' clients send it. */
  readonly apiKey: string | undefined;
  readonly apiKeyHeader: "api-key" | "x-api-key";
  /** Where the connection comes from; empty where there is none. */
  readonly address: string;
  readonly inboundProtocol: InboundProtocol;
}

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
