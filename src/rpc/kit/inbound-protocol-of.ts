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
