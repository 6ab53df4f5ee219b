import { createContextKey, createContextValues, type ContextValues } from "@connectrpc/connect";
import type { Caller } from "../../auth/caller.ts";
import type { Intake } from "../../core/intake.ts";
import { clientIdentity, type ClientIdentity } from "../../inbound/client-identity.ts";
import type { HttpRequest } from "../../inbound/http-handler.ts";

/** Who makes a call. The key gate sets it, so every guarded method knows it. */
export const callerContext = createContextKey<Caller>({ kind: "anyone" }, { description: "who makes the call" });

/** The address that the connection comes from. The handler sets it, which sees the connection. */
export const addressContext = createContextKey<string | undefined>(undefined, { description: "the address of the connection" });

/** What the request holds of the process. The handler sets it, which sees the response closed; undefined for one whose end it does not see. */
export const intakeContext = createContextKey<Intake | undefined>(undefined, { description: "what the request holds of the process" });

/** Who the client is by its certificate. The handler sets it. */
export const identityContext = createContextKey<ClientIdentity | undefined>(undefined, { description: "the client's certificate" });

/** What is known of a request by its connection. */
export function connectionContext(request: HttpRequest, address: string | undefined): ContextValues {
  return createContextValues().set(addressContext, address).set(identityContext, clientIdentity(request));
}
