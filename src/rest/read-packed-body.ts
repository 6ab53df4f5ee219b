import { RouterError } from "../core/errors.ts";
import type { Intake } from "../core/intake.ts";
import { PieceGatherer } from "../lib/piece-gatherer.ts";
import { type ContentCoding, openUnpacker, type Unpacker } from "../lib/unpacker.ts";
import type { Exchange } from "./exchange.ts";
import { withoutByteOrderMark } from "./without-byte-order-mark.ts";

interface PackedBodyRules {
  readonly coding: ContentCoding;
  /** The most that it may hold unpacked. Packed it may not be larger either: a coding can go on for ever without holding anything. */
  readonly limitBytes: number;
  /** Holds what was unpacked. */
  readonly intake: Intake;
  tooLarge(): RouterError;
}

/**
 * Reads a packed body, unpacking it as it comes, and hands over what was in it. It ends as soon as that exceeds the limit, so that a small
 * body which holds a large one takes no more memory and time than a large one does. When the caller hangs up on the way, `onBody` is not called.
 */
export function readPackedBody(exchange: Exchange, rules: PackedBodyRules, onBody: (body: readonly Buffer[]) => void): void {
  const { request } = exchange;
  const { coding, limitBytes, intake } = rules;
  let gathered = new PieceGatherer();
  let unpacker: Unpacker | undefined;
  let packedBytes = 0;
  let isOver = false;

  const stop = (): void => {
    isOver = true;
    gathered = new PieceGatherer();
    request.off("data", onData);
    unpacker?.destroy();
  };
  const refuse = (error: RouterError): void => {
    if (isOver) return;
    stop();
    intake.release();
    exchange.guard(() => exchange.refuse(error));
  };
  const onUnpacked = (piece: Buffer): void => {
    if (isOver) return;
    const refusal = gathered.length + piece.length > limitBytes ? rules.tooLarge() : intake.hold(piece.length);
    if (refusal === undefined) gathered.push(piece);
    else refuse(refusal);
  };
  const onUnpackedEnd = (): void => {
    if (isOver) return;
    // Unpackers take no notice of what comes behind the end.
    if (unpacker === undefined || unpacker.bytesWritten < packedBytes || !request.readableEnded) {
      refuse(broken(coding));
      return;
    }
    const body = gathered.take();
    stop();
    exchange.guard(() => onBody(withoutByteOrderMark(body)));
  };
  const open = (firstBytes: Buffer): Unpacker => {
    const opened = openUnpacker(coding, firstBytes);
    opened.on("drain", () => request.resume());
    opened.on("data", onUnpacked);
    opened.on("end", onUnpackedEnd);
    opened.on("error", () => refuse(broken(coding)));
    return opened;
  };
  const onData = (chunk: Buffer): void => {
    packedBytes += chunk.length;
    if (packedBytes > limitBytes) {
      refuse(rules.tooLarge());
      return;
    }
    unpacker ??= open(chunk);
    if (!unpacker.write(chunk)) request.pause();
  };
  request.on("data", onData);
  request.on("end", () => {
    if (isOver) return;
    if (unpacker === undefined) refuse(broken(coding));
    else unpacker.end();
  });
  exchange.onClose(stop);
  exchange.invite();
}

function broken(coding: ContentCoding): RouterError {
  return new RouterError("invalid_request", `The request body cannot be unpacked: it is not whole, or no ${coding} (content-encoding).`);
}
