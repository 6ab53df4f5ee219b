import type { HandlerContext } from "@connectrpc/connect";
import type { Authenticator } from "../../auth/authenticator.ts";
import { keyOf, operatorRefusal, type Caller } from "../../auth/caller.ts";
import { readCredentials } from "../../auth/credentials.ts";
import { RouterError } from "../../core/errors.ts";
import type { InboundObserver } from "../../inbound/inbound-observer.ts";
import { addressContext, callerContext, identityContext, intakeContext } from "./caller-context.ts";
import { toConnectError } from "./errors.ts";
import { inboundProtocolOf } from "./inbound-protocol-of.ts";

type Gate = (context: HandlerContext) => void | Promise<void>;

/** Why a caller may not go on. */
type Refusal = (caller: Caller, context: HandlerContext) => RouterError | undefined;

/**
 * Where keys are set, refuses calls without a valid key before their body is read. Puts the caller of all others into their context.
 * @param observer Called for each call that is refused.
 */
export function keyGate(authenticator: Authenticator, observer?: InboundObserver): Gate {
  return gate(authenticator, () => undefined, observer);
}

/** Like {@link keyGate} for methods that are calls of models: also refuses those beyond what their key's limits say of calls as such. */
export function callGate(authenticator: Authenticator, observer?: InboundObserver): Gate {
  return gate(authenticator, (caller, context) => context.values.get(intakeContext)?.enter(keyOf(caller)), observer);
}

/** Like {@link keyGate}, and also refuses callers that may not operate the router. */
export function operatorGate(authenticator: Authenticator, observer?: InboundObserver): Gate {
  return gate(authenticator, operatorRefusal, observer);
}

function gate(authenticator: Authenticator, refusal: Refusal, observer: InboundObserver | undefined): Gate {
  const admit = (context: HandlerContext, caller: Caller | RouterError): void => {
    const refused = caller instanceof RouterError ? caller : refusal(caller, context);
    if (refused !== undefined) {
      const address = context.values.get(addressContext);
      observer?.refused({ inboundProtocol: inboundProtocolOf(context), code: refused.code, callId: undefined, address });
      throw toConnectError(refused);
    }
    if (!(caller instanceof RouterError)) context.values.set(callerContext, caller);
  };
  return (context) => {
    const header = (name: string): string | undefined => context.requestHeader.get(name) ?? undefined;
    const { values } = context;
    const credentials = readCredentials(header, values.get(addressContext), inboundProtocolOf(context), values.get(identityContext));
    const caller = authenticator.authenticate(credentials);
    return caller instanceof Promise ? caller.then((one) => admit(context, one)) : admit(context, caller);
  };
}
