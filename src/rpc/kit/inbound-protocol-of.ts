import type { HandlerContext } from "@connectrpc/connect";
import type { InboundProtocol } from "../../core/call.ts";

/** The protocol by which the library got a request. */
export function inboundProtocolOf(context: HandlerContext): InboundProtocol {
  switch (context.protocolName) {
    case "grpc":
      return "grpc";
    case "grpc-web":
      return "grpc_web";
    default:
      return "connect";
  }
}

/** The protocol of a request that no method has taken yet, by its content type. */
export function inboundProtocolOfType(contentType: string): InboundProtocol {
  if (contentType.startsWith("application/grpc-web")) return "grpc_web";
  return contentType.startsWith("application/grpc") ? "grpc" : "connect";
}
