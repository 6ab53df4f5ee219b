import { RouterError } from "../core/errors.ts";
import type { Intake } from "../core/intake.ts";
import { PieceGatherer } from "../lib/piece-gatherer.ts";
import type { ContentCoding } from "../lib/unpacker.ts";
import type { Exchange } from "./exchange.ts";
import { readPackedBody } from "./read-packed-body.ts";
import { withoutByteOrderMark } from "./without-byte-order-mark.ts";

interface BodyRules {
  /** The largest body, unpacked. */
  readonly limitBytes: number;
  /** How it is packed. Undefined where it is not. */
  readonly coding: ContentCoding | undefined;
  /** Holds what has come. A body that it has no room for is refused as one that is too large. */
  readonly intake: Intake;
}

/**
 * Reads a request's whole body and hands it over in a few pieces, unpacked and without a byte order mark. A body over the limit is refused:
 * before it is read, where `content-length` tells, or else as soon as it exceeds the limit. When the caller hangs up on the way, `onBody` is
 * not called.
 */
export function readBody(exchange: Exchange, { limitBytes, coding, intake }: BodyRules, onBody: (body: readonly Buffer[]) => void): void {
  const { request } = exchange;
  const declaredBytes = Number(request.headers["content-length"] ?? 0);
  if (declaredBytes > limitBytes) {
    exchange.refuse(tooLarge(limitBytes, declaredBytes));
    return;
  }
  const noRoom = intake.refusal(declaredBytes);
  if (noRoom !== undefined) {
    exchange.refuse(noRoom);
    return;
  }
  if (coding !== undefined) {
    readPackedBody(exchange, { coding, limitBytes, intake, tooLarge: () => tooLarge(limitBytes, undefined) }, onBody);
    return;
  }

  let gathered = new PieceGatherer();
  const onData = (chunk: Buffer) => {
    const refusal = gathered.length + chunk.length > limitBytes ? tooLarge(limitBytes, undefined) : intake.hold(chunk.length);
    if (refusal === undefined) {
      gathered.push(chunk);
      return;
    }
    request.off("data", onData);
    request.off("end", onEnd);
    gathered = new PieceGatherer();
    intake.release();
    exchange.guard(() => exchange.refuse(refusal));
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
