import type { IncomingHttpHeaders } from "node:http";
import type { RouterError } from "../core/errors.ts";
import type { Authenticator } from "../auth/authenticator.ts";
import type { Caller } from "../auth/caller.ts";
import { readCredentials } from "../auth/credentials.ts";

/** Who makes a request, or why it may not pass. @param address Where the connection comes from. */
export function checkKey(
  authenticator: Authenticator,
  headers: IncomingHttpHeaders,
  address: string | undefined,
): Caller | RouterError | Promise<Caller | RouterError> {
  const header = (name: string): string | undefined => {
    const value = headers[name];
    return typeof value === "string" ? value : undefined;
  };
  return authenticator.authenticate(readCredentials(header, address, "rest"));
}
