/** For the callbacks that the router never calls: it answers a unary call whole, and a stream piece by piece. */
export function unexpectedAnswer(): never {
  throw new Error("the router answered a unary call with a stream, or a stream with a whole reply");
}
