/** What came on a connection is not HTTP/1.1, or not all of it. */
export class MalformedReply extends Error {
  /** As the platform's own parser names its faults. */
  readonly code = "HPE_INVALID_REPLY";

  /** @param fault Goes on after "…, because". */
  constructor(fault: string) {
    super(`The reply cannot be read, because ${fault}.`);
    this.name = "MalformedReply";
  }
}
