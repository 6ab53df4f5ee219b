import type { HandlerContext } from "@connectrpc/connect";
import type { Door } from "../../core/call.ts";

/** The protocol that a request came by. */
export function doorOf(context: HandlerContext): Door {
  switch (context.protocolName) {
    case "grpc":
      return "grpc";
    case "grpc-web":
      return "grpc_web";
    default:
      return "connect";
  }
}
