/**
 * What a caller says while its call goes on, for deployments that are spoken with in messages, both ways (WebSocket). It keeps back what comes
 * before the call has its first event.
 */
export interface CallerMessages {
  /** Called when a deployment can be told something. Another attempt may call it again: the latest receiver counts. */
  flowTo(receiver: MessageReceiver): void;
  /** The receiver takes messages again. */
  resume(): void;
}

/** Takes a caller's messages to its deployment. */
export interface MessageReceiver {
  /** @returns false to be sent no more until {@link CallerMessages.resume}. */
  send(message: Buffer): boolean;
}
