import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";
import { RouterError } from "../../core/errors.ts";
import { internalError, toConnectError } from "./errors.ts";

/**
 * Turns what services throw into statuses. A RouterError becomes its own; anything else is a fault of this program: it is reported, and the
 * caller learns no more than that there was one.
 */
export function errorInterceptor(onInternalError: (error: unknown) => void): Interceptor {
  const convert = (error: unknown, signal: AbortSignal): ConnectError => {
    if (error instanceof ConnectError) return error;
    if (error instanceof RouterError) return toConnectError(error);
    // To read from a caller that is gone must fail. It is no fault, and there is no caller left to tell.
    if (signal.aborted) return ConnectError.from(signal.reason, Code.Canceled);
    onInternalError(error);
    return internalError();
  };
  return (next) => async (request) => {
    try {
      const response = await next(request);
      return response.stream ? { ...response, message: converted(response.message, (error) => convert(error, request.signal)) } : response;
    } catch (error) {
      throw convert(error, request.signal);
    }
  };
}

async function* converted<Item>(items: AsyncIterable<Item>, convert: (error: unknown) => ConnectError): AsyncGenerator<Item> {
  try {
    yield* items;
  } catch (error) {
    throw convert(error);
  }
}
