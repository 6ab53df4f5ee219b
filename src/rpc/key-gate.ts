import type { HandlerContext } from "@connectrpc/connect";
import type { Authenticator } from "../door/authenticator.ts";
import type { DoorObserver } from "../door/door-observer.ts";
import { RouterError } from "../core/errors.ts";
import { doorOf } from "./door-of.ts";
import { toConnectError } from "./errors.ts";

/** Refuses calls without the server's key, where it has one, before their body is read. @param observer Told of those. */
export function keyGate(authenticator: Authenticator, observer?: DoorObserver): (context: HandlerContext) => void {
  return (context) => {
    const { requestHeader } = context;
    const authorization = requestHeader.get("authorization") ?? undefined;
    const apiKey = requestHeader.get("x-api-key") ?? requestHeader.get("api-key") ?? undefined;
    if (authenticator.allows(authorization, apiKey)) return;
    const shown = authorization !== undefined || apiKey !== undefined;
    const fault = shown ? "The key is not valid here." : "A key is needed.";
    observer?.refused({ door: doorOf(context), code: "unauthenticated", callId: undefined, address: undefined });
    throw toConnectError(new RouterError("unauthenticated", `${fault} Send it as metadata "authorization: Bearer KEY".`));
  };
}
