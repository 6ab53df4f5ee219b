import type { HttpResponse } from "../../inbound/http-handler.ts";

/** The content types that only RPC uses. Connect's `application/json` is anybody's. */
const rpcType = /^application\/(?:grpc|connect\+|proto(?:;|\s|$))/i;

/** Whether a request with this content type speaks RPC, whatever its path is. */
export function isRpcType(contentType: string | undefined): boolean {
  return contentType !== undefined && rpcType.test(contentType);
}

const unimplemented = 12;

/** Answers that there is no such method, in the way of the request's protocol. @param path What was called. */
export function answerUnknownMethod(response: HttpResponse, path: string, contentType: string): void {
  const message = `There is no method ${path.length > 200 ? "of this name" : path} here.`;
  if (contentType.startsWith("application/grpc")) {
    response.statusCode = 200;
    response.setHeader("content-type", contentType);
    response.setHeader("grpc-status", unimplemented.toString());
    response.setHeader("grpc-message", message.replace(/[^\x20-\x7e]|%/gu, encodeURIComponent));
    response.end();
    return;
  }
  // Connect's clients read this status so too, where they do not read the body.
  response.statusCode = 404;
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ code: "unimplemented", message }));
}
