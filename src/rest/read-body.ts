import { RouterError } from "../core/errors.ts";
import { PieceGatherer } from "../lib/piece-gatherer.ts";
import type { ContentCoding } from "../lib/unpacker.ts";
import type { Exchange } from "./exchange.ts";
import { readPackedBody } from "./read-packed-body.ts";
import { withoutByteOrderMark } from "./without-byte-order-mark.ts";

/**
 * Reads a request's whole body and hands it over in a few pieces, unpacked and without a byte order mark. A body over the limit is refused:
 * before it is read, where `content-length` tells, or else as soon as it exceeds the limit. When the caller hangs up on the way, `onBody` is
 * not called.
 * @param limitBytes The largest body, unpacked.
 * @param coding How it is packed. Undefined where it is not.
 */
export function readBody(
  exchange: Exchange,
  limitBytes: number,
  coding: ContentCoding | undefined,
  onBody: (body: readonly Buffer[]) => void,
): void {
  const { request } = exchange;
  const declaredBytes = Number(request.headers["content-length"] ?? 0);
  if (declaredBytes > limitBytes) {
    exchange.refuse(tooLarge(limitBytes, declaredBytes));
    return;
  }
  if (coding !== undefined) {
    readPackedBody(exchange, { coding, limitBytes, tooLarge: () => tooLarge(limitBytes, undefined) }, onBody);
    return;
  }

  let gathered = new PieceGatherer();
  const onData = (chunk: Buffer) => {
    if (gathered.length + chunk.length <= limitBytes) {
      gathered.push(chunk);
      return;
    }
    request.off("data", onData);
    request.off("end", onEnd);
    gathered = new PieceGatherer();
    exchange.guard(() => exchange.refuse(tooLarge(limitBytes, undefined)));
  };
  const onEnd = () => {
    exchange.guard(() => onBody(withoutByteOrderMark(gathered.take())));
  };
  request.on("data", onData);
  request.on("end", onEnd);
  exchange.invite();
}

function tooLarge(limitBytes: number, declaredBytes: number | undefined): RouterError {
  const size = declaredBytes === undefined ? "is" : `has ${declaredBytes} bytes and is`;
  return new RouterError("request_too_large", `The request body ${size} too large: at most ${limitBytes} bytes are allowed.`);
}
