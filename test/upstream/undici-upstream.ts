import { Agent, type Dispatcher } from "undici";
import type { Upstream, UpstreamExchange, UpstreamListener, UpstreamRequest } from "../../src/core/upstream.ts";

/** The same contract over undici's own client: what the service's client is held to. */
export class UndiciUpstream implements Upstream {
  readonly #agent = new Agent({ headersTimeout: 0, bodyTimeout: 0, allowH2: false, pipelining: 1 });

  send({ method, origin, path, headers, body }: UpstreamRequest, listener: UpstreamListener): UpstreamExchange {
    let isOver = false;
    let control: Dispatcher.DispatchController | undefined;
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart: (controller) => (control = controller),
      onResponseStart(_controller, status, replyHeaders) {
        if (status >= 200) listener.onHead(status, replyHeaders);
      },
      onResponseData(controller, chunk) {
        if (!listener.onData(chunk)) controller.pause();
      },
      onResponseEnd() {
        isOver = true;
        listener.onEnd();
      },
      onResponseError(_controller, cause) {
        if (isOver) return;
        isOver = true;
        const reason = "code" in cause && typeof cause.code === "string" ? cause.code : cause.name;
        queueMicrotask(() => listener.onFailure({ kind: control === undefined ? "connect" : "broken", reason, cause }));
      },
    };
    this.#agent.dispatch({ method, origin, path, headers, body: body.length === 0 ? null : Buffer.concat(body) }, handler);
    return {
      abort() {
        isOver = true;
        control?.abort(new Error("aborted"));
      },
      resume: () => control?.resume(),
    };
  }

  destroy(): Promise<void> {
    return this.#agent.destroy();
  }
}
