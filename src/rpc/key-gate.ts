import type { HandlerContext } from "@connectrpc/connect";
import type { Authenticator } from "../door/authenticator.ts";
import { RouterError } from "../core/errors.ts";
import { callerContext } from "./caller-context.ts";
import { toConnectError } from "./errors.ts";

/** Refuses calls without the server's key, where it has one, before their body is read. */
export function keyGate(authenticator: Authenticator): (context: HandlerContext) => void {
  return ({ requestHeader, values }) => {
    const authorization = requestHeader.get("authorization") ?? undefined;
    const apiKey = requestHeader.get("x-api-key") ?? requestHeader.get("api-key") ?? undefined;
    if (authenticator.allows(authorization, apiKey)) {
      if (authenticator.required) values.set(callerContext, { kind: "admin" });
      return;
    }
    const shown = authorization !== undefined || apiKey !== undefined;
    const fault = shown ? "The key is not valid here." : "A key is needed.";
    throw toConnectError(new RouterError("unauthenticated", `${fault} Send it as metadata "authorization: Bearer KEY".`));
  };
}
