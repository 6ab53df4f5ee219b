import type { Dispatcher } from "undici";
import type { Upstream, UpstreamExchange, UpstreamListener, UpstreamRequest } from "../core/upstream.ts";
import { failureOf } from "./failure-of.ts";
import { codingsOf, UnpackedReply } from "./unpacked-reply.ts";

/** Carries requests by a dispatcher of undici's, for what {@link file://./http-upstream.ts} does not do: proxies and HTTP/2. Costs several times as much. */
export class DispatcherUpstream implements Upstream {
  readonly #dispatcher: Dispatcher;

  constructor(dispatcher: Dispatcher) {
    this.#dispatcher = dispatcher;
  }

  send({ method, origin, path, headers, body }: UpstreamRequest, listener: UpstreamListener): UpstreamExchange {
    const exchange = new DispatcherExchange(listener);
    this.#dispatcher.dispatch({ method, origin, path, headers, body: body.length === 0 ? null : Buffer.concat(body) }, exchange);
    return exchange;
  }

  destroy(): Promise<void> {
    return this.#dispatcher.destroy();
  }
}

class DispatcherExchange implements UpstreamExchange, Dispatcher.DispatchHandler {
  #listener: UpstreamListener;
  #unpacked: UnpackedReply | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #isOver = false;

  constructor(listener: UpstreamListener) {
    this.#listener = listener;
  }

  abort(): void {
    this.#isOver = true;
    this.#unpacked?.stop();
    this.#controller?.abort(new Error("aborted"));
  }

  resume(): void {
    if (this.#unpacked === undefined) this.#controller?.resume();
    else this.#unpacked.resume();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#isOver) controller.abort(new Error("aborted"));
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: Parameters<UpstreamListener["onHead"]>[1]): void {
    if (status < 200 || this.#isOver) return;
    const codings = codingsOf(headers);
    if (codings !== undefined) {
      const inner = this.#listener;
      const fail = (cause: Error): void => this.#failWith(inner, cause);
      this.#unpacked = new UnpackedReply(inner, codings, { resume: () => controller.resume(), fail });
      this.#listener = this.#unpacked;
    }
    this.#listener.onHead(status, headers);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.#isOver && !this.#listener.onData(chunk)) controller.pause();
  }

  onResponseEnd(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#listener.onEnd();
  }

  onResponseError(_controller: Dispatcher.DispatchController, cause: Error): void {
    if (this.#isOver) return;
    const listener = this.#listener;
    // It may be called from within `send`.
    queueMicrotask(() => this.#failWith(listener, cause));
  }

  #failWith(listener: UpstreamListener, cause: Error): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#controller?.abort(cause);
    listener.onFailure(failureOf(cause, this.#controller !== undefined));
  }
}
