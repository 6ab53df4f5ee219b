import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";
import { RouterError } from "../core/errors.ts";
import { toConnectError } from "./errors.ts";

/**
 * Lets services throw what they have: a RouterError becomes its status, and anything else is a fault of this program, which
 * is reported and of which the caller learns no more than that.
 */
export function errorInterceptor(onInternalError: (error: unknown) => void): Interceptor {
  const convert = (error: unknown): ConnectError => {
    if (error instanceof ConnectError) return error;
    if (error instanceof RouterError) return toConnectError(error);
    onInternalError(error);
    return new ConnectError("internal error", Code.Internal);
  };
  return (next) => async (request) => {
    try {
      const response = await next(request);
      return response.stream ? { ...response, message: converted(response.message, convert) } : response;
    } catch (error) {
      throw convert(error);
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
