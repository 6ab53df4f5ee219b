import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";
import { RouterError } from "../../core/errors.ts";
import { internalError, toConnectError } from "./errors.ts";

/**
 * Lets services throw what they have: a RouterError becomes its status, and anything else is a fault of this program, which
 * is reported and of which the caller learns no more than that.
 */
export function errorInterceptor(onInternalError: (error: unknown) => void): Interceptor {
  const convert = (error: unknown, signal: AbortSignal): ConnectError => {
    if (error instanceof ConnectError) return error;
    if (error instanceof RouterError) return toConnectError(error);
    // Reading from a caller that is gone fails, as it must: nothing is wrong here, and nobody is left to tell.
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
