import { PieceGatherer } from "../../lib/piece-gatherer.ts";

/** The bytes before each message of a stream: one of flags, four of length. */
const envelopeBytes = 5;

/** How a request's body holds its messages. */
export interface BodyFraming {
  /** Each message stands in an envelope. Otherwise the body is one message. */
  readonly isEnveloped: boolean;
  /** The largest message. From a larger one on, the body goes on as it is: the library refuses it. */
  readonly maxBytes: number;
}

/**
 * A request's body with other messages in it. Compressed ones stay as they are.
 * @param map Gives the message in place of another one. What it throws ends the body.
 */
export function mapMessages(
  body: AsyncIterable<Uint8Array>,
  { isEnveloped, maxBytes }: BodyFraming,
  map: (message: Buffer) => Buffer,
): AsyncIterable<Uint8Array> {
  return isEnveloped ? mapEnvelopes(body, maxBytes, map) : mapWhole(body, maxBytes, map);
}

async function* mapWhole(body: AsyncIterable<Uint8Array>, maxBytes: number, map: (message: Buffer) => Buffer): AsyncGenerator<Uint8Array> {
  let gathered = new PieceGatherer();
  let isTooLarge = false;
  for await (const chunk of body) {
    if (isTooLarge) yield chunk;
    else gathered.push(asBuffer(chunk));
    if (gathered.length <= maxBytes) continue;
    isTooLarge = true;
    yield* gathered.take();
    gathered = new PieceGatherer();
  }
  if (gathered.length > 0) yield map(Buffer.concat(gathered.take()));
}

async function* mapEnvelopes(
  body: AsyncIterable<Uint8Array>,
  maxBytes: number,
  map: (message: Buffer) => Buffer,
): AsyncGenerator<Uint8Array> {
  let gathered = new PieceGatherer();
  /** What has to be there before more can be told. */
  let needed = envelopeBytes;
  let isTooLarge = false;
  for await (const chunk of body) {
    if (isTooLarge) {
      yield chunk;
      continue;
    }
    gathered.push(asBuffer(chunk));
    if (gathered.length < needed) continue;
    let rest = joined(gathered.take());
    while (rest.length >= envelopeBytes) {
      const length = rest.readUInt32BE(1);
      needed = envelopeBytes + length;
      isTooLarge = length > maxBytes;
      if (isTooLarge || rest.length < needed) break;
      yield* mapEnvelope(rest.subarray(0, needed), map);
      rest = rest.subarray(needed);
      needed = envelopeBytes;
    }
    gathered = new PieceGatherer();
    if (isTooLarge) yield rest;
    else gathered.push(rest);
  }
  yield* gathered.take();
}

function mapEnvelope(envelope: Buffer, map: (message: Buffer) => Buffer): readonly Buffer[] {
  if (envelope[0] !== 0) return [envelope];
  const message = envelope.subarray(envelopeBytes);
  const mapped = map(message);
  if (mapped === message) return [envelope];
  const head = Buffer.alloc(envelopeBytes);
  head.writeUInt32BE(mapped.length, 1);
  return [head, mapped];
}

function joined(pieces: readonly Buffer[]): Buffer {
  const [first] = pieces;
  return pieces.length === 1 && first !== undefined ? first : Buffer.concat(pieces);
}

function asBuffer(chunk: Uint8Array): Buffer {
  return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}
