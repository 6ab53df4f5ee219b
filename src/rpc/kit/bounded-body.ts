import type { Intake } from "../../core/intake.ts";
import { PieceGatherer } from "../../lib/piece-gatherer.ts";
import type { RouterError } from "../../core/errors.ts";

/** So many pieces are passed on as they come, so that whatever is wrong with a request's beginning is seen at once. */
const promptPieces = 64;
/** What is gathered of the pieces behind them, the first time; twice as much each further time. */
const firstGatheredBytes = 65_536;

/**
 * A request's body in few pieces, whatever pieces it comes in: the library keeps each piece until the body is whole, and a piece of a few bytes
 * costs a hundred times its size.
 * @param intake Holds what has come.
 * @param refuse Makes the error that the body fails with where there is no room for more of it.
 */
export async function* boundedBody(
  body: AsyncIterable<Uint8Array>,
  intake: Intake,
  refuse: (error: RouterError) => Error,
): AsyncGenerator<Uint8Array> {
  let prompt = promptPieces;
  let atLeast = firstGatheredBytes;
  let gathered = new PieceGatherer();
  for await (const piece of body) {
    const noRoom = intake.hold(piece.length);
    if (noRoom !== undefined) throw refuse(noRoom);
    if (prompt > 0) {
      prompt--;
      yield piece;
      continue;
    }
    gathered.push(Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength));
    if (gathered.length < atLeast) continue;
    const pieces = gathered.take();
    gathered = new PieceGatherer();
    atLeast *= 2;
    yield Buffer.concat(pieces);
  }
  if (gathered.length > 0) yield Buffer.concat(gathered.take());
}
