import type { IncomingHttpHeaders } from "node:http";
import type { Authenticator } from "../door/authenticator.ts";
import { RouterError } from "../core/errors.ts";

/** The error of a request that shows no valid key where one is asked for; undefined when it may pass. */
export function checkKey(authenticator: Authenticator, headers: IncomingHttpHeaders): RouterError | undefined {
  const apiKeyHeader = headers["x-api-key"] === undefined ? "api-key" : "x-api-key";
  const apiKey = headers[apiKeyHeader];
  if (authenticator.allows(headers.authorization, typeof apiKey === "string" ? apiKey : undefined)) return undefined;
  if (headers.authorization === undefined && apiKey === undefined) {
    return new RouterError(
      "unauthenticated",
      'A key is needed. Send it as the header "authorization: Bearer KEY", "api-key: KEY" or "x-api-key: KEY".',
    );
  }
  const shownIn = headers.authorization === undefined ? apiKeyHeader : "authorization";
  return new RouterError("unauthenticated", `The key in the header "${shownIn}" is not valid here.`);
}
