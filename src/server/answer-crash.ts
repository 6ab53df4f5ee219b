import { constants } from "node:http2";
import { RouterError } from "../core/errors.ts";
import { errorBody } from "../formats/kit/chat/error-body.ts";
import type { HttpResponse } from "../inbound/http-handler.ts";

/** Ends a request whose handler failed, with a 500 where the head was not sent yet. What failed is for the log, not for the caller. */
export function answerCrash(response: HttpResponse): void {
  if (response.headersSent) {
    // Cut short rather than ended, so that the caller does not take what was sent for the whole.
    if ("stream" in response) response.stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    else response.destroy();
    return;
  }
  const body = JSON.stringify(errorBody(new RouterError("internal", "Internal error.")));
  const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
  // Two calls for the compiler: the two versions' signatures have nothing in common that could be called.
  if ("stream" in response) response.writeHead(500, headers);
  else response.writeHead(500, headers);
  response.end(body);
}
