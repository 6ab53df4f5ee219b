import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { WebSocketServer } from "ws";
import type { Authenticator } from "../../auth/authenticator.ts";
import { keyOf, type Caller } from "../../auth/caller.ts";
import { readCredentials } from "../../auth/credentials.ts";
import type { CallRouter } from "../../core/call-router.ts";
import { RouterError } from "../../core/errors.ts";
import { openAi } from "../../formats/openai/index.ts";
import { readRealtimeCall } from "../../formats/openai/realtime/read-realtime-call.ts";
import { headerReader, type HeaderReader, readTraceContext, withCallHeaders } from "../../inbound/call-headers.ts";
import { callIdOf } from "../../inbound/call-id.ts";
import { clientIdentity } from "../../inbound/client-identity.ts";
import type { Cors } from "../../inbound/cors.ts";
import type { InboundObserver } from "../../inbound/inbound-observer.ts";
import { pathOfUrl } from "../../inbound/path-of-url.ts";
import { remoteAddress } from "../../inbound/remote-address.ts";
import type { UpgradedConnection, UpgradeHandler } from "../../inbound/upgrade-handler.ts";
import type { Clock } from "../../lib/clock.ts";
import { httpStatus, retryAfterHeaders } from "../errors.ts";
import { isRealtimePath } from "../routes.ts";
import { RealtimeConversation } from "./realtime-conversation.ts";
import { refuseUpgrade } from "../../inbound/refuse-upgrade.ts";

/** What conversations are opened with. */
export interface RealtimeOptions {
  readonly router: CallRouter;
  readonly authenticator: Authenticator;
  readonly clock: Clock;
  readonly cors?: Cors | undefined;
  newCallId(): string;
  /** The largest message of a caller in bytes. */
  readonly maxBodyBytes: number;
  /** Whether the server is about to stop. */
  isLeaving(): boolean;
  readonly observer?: InboundObserver | undefined;
  onInternalError(error: unknown): void;
}

/** OpenAI's own bound for a message. */
const mostMessageBytes = 16 * 1024 * 1024;

/** In a browser, a page cannot set headers: OpenAI's client has the key among the protocols. */
const keyProtocol = "openai-insecure-api-key.";

/**
 * Serves `GET /v1/realtime?model=…` over WebSocket: one deployment is chosen when the conversation is opened, and keeps it.
 * https://platform.openai.com/docs/guides/realtime-websocket
 */
export function createRealtimeHandler(options: RealtimeOptions): UpgradeHandler {
  let server: Promise<WebSocketServer> | undefined;
  return (request, socket, head) => {
    const opening = new Opening(options, request, socket, head);
    socket.on("error", () => {});
    const refused = opening.check();
    if (refused !== undefined) {
      opening.refuse(refused);
      return opening;
    }
    server ??= import("ws").then(({ WebSocketServer: Server }) => createServer(Server, options.maxBodyBytes));
    server.then(
      (one) => opening.authenticate(one),
      (error: unknown) => opening.break(error),
    );
    return opening;
  };
}

function createServer(Server: typeof WebSocketServer, maxBodyBytes: number): WebSocketServer {
  return new Server({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: Math.min(mostMessageBytes, maxBodyBytes),
    // A protocol that holds a key is never said back.
    handleProtocols: (asked) => (asked.has("realtime") ? "realtime" : ([...asked].find((one) => !one.startsWith(keyProtocol)) ?? false)),
  });
}

/** One request for a conversation, from its head to its end. */
class Opening implements UpgradedConnection {
  readonly #options: RealtimeOptions;
  readonly #request: IncomingMessage;
  readonly #socket: Duplex;
  readonly #head: Buffer;
  readonly #callId: string;
  readonly #header: HeaderReader;
  #conversation: RealtimeConversation | undefined;

  constructor(options: RealtimeOptions, request: IncomingMessage, socket: Duplex, head: Buffer) {
    this.#options = options;
    this.#request = request;
    this.#socket = socket;
    this.#head = head;
    const header = headerReader(request.headers);
    this.#header = withKeyProtocol(header);
    this.#callId = callIdOf(header("x-request-id"), () => options.newCallId());
  }

  leave(): void {
    this.#conversation?.leave();
  }

  /** What is wrong with the request, whoever makes it. */
  check(): RouterError | undefined {
    const { method, url = "", headers } = this.#request;
    const path = pathOfUrl(url);
    if (!isRealtimePath(path)) {
      return new RouterError("unknown_url", "There is no WebSocket at this path. Known is: /v1/realtime?model=MODEL.");
    }
    if (this.#options.isLeaving()) return new RouterError("shutting_down", "This server is stopping.");
    if (headers.origin !== undefined && this.#options.cors?.(headers.origin) === undefined) {
      return new RouterError("permission_denied", "Pages of this origin may not call: see general_settings.cors_allow_origins.");
    }
    const isWellFormed =
      method === "GET" && headers["sec-websocket-version"] === "13" && /^[+/\dA-Za-z]{22}==$/.test(keyOfHandshake(headers));
    return isWellFormed ? undefined : new RouterError("invalid_request", "This is no well-formed request for a WebSocket of version 13.");
  }

  authenticate(server: WebSocketServer): void {
    const caller = this.#whoIs();
    if (caller instanceof Promise) {
      caller.then(
        (one) => this.#admit(one, server),
        (error: unknown) => this.break(error),
      );
    } else this.#admit(caller, server);
  }

  #whoIs(): Caller | RouterError | Promise<Caller | RouterError> {
    const request = this.#request;
    const credentials = readCredentials(this.#header, remoteAddress(request), "rest", clientIdentity(request));
    return this.#options.authenticator.authenticate(credentials);
  }

  #admit(caller: Caller | RouterError, server: WebSocketServer): void {
    if (this.#socket.destroyed) return;
    if (caller instanceof RouterError) {
      this.refuse(caller);
      return;
    }
    try {
      this.#start(caller, server);
    } catch (error) {
      this.break(error);
    }
  }

  #start(caller: Caller, server: WebSocketServer): void {
    const { router, clock } = this.#options;
    const { headers, url = "" } = this.#request;
    const key = keyOf(caller);
    const intake = router.intake();
    const limited = intake.enter(key);
    if (limited !== undefined) {
      this.refuse(limited);
      return;
    }
    const conversation = new RealtimeConversation({
      request: this.#request,
      socket: this.#socket,
      head: this.#head,
      callId: this.#callId,
      server,
      clock,
      refuse: (error) => this.refuse(error),
      recheck: () => this.#recheck(),
      onOver: () => intake.release(),
    });
    const query = url.indexOf("?");
    const read = readRealtimeCall(
      query === -1 ? "" : url.slice(query),
      {
        endpoint: "realtime",
        pathModel: undefined,
        callId: this.#callId,
        now: clock.now(),
        inboundProtocol: "rest",
        caller: key,
        intake,
        traceContext: readTraceContext(this.#header),
        headers,
      },
      conversation,
    );
    const call = read.ok ? withCallHeaders(read.value, this.#header, () => Object.keys(headers)) : read.error;
    if (call instanceof RouterError) {
      conversation.onFailure(call);
      return;
    }
    this.#conversation = conversation;
    conversation.begin(router.start(call, conversation));
  }

  /** A key may have been revoked, or have expired, since the conversation was opened. */
  #recheck(): void {
    const judge = (caller: Caller | RouterError): void => {
      if (caller instanceof RouterError) this.#conversation?.end(caller);
    };
    const caller = this.#whoIs();
    if (caller instanceof Promise) void caller.then(judge, (error: unknown) => this.#options.onInternalError(error));
    else judge(caller);
  }

  refuse(error: RouterError): void {
    const address = remoteAddress(this.#request);
    this.#options.observer?.refused({ inboundProtocol: "rest", code: error.code, callId: this.#callId, address });
    const { status, body } = openAi.caller.writeError(error, httpStatus(error));
    refuseUpgrade(this.#socket, status, body, { "x-request-id": this.#callId, ...retryAfterHeaders(error) });
  }

  /** Ends it by a fault of this program. */
  break(fault: unknown): void {
    this.#options.onInternalError(fault);
    if (this.#conversation === undefined) this.refuse(new RouterError("internal", "Internal error."));
    else this.#conversation.end(new RouterError("internal", "Internal error."));
  }
}

function keyOfHandshake(headers: IncomingMessage["headers"]): string {
  const key = headers["sec-websocket-key"];
  return typeof key === "string" ? key.trim() : "";
}

/** Reads the key of a page's client as if it stood in a header. */
function withKeyProtocol(header: HeaderReader): HeaderReader {
  return (name) => {
    const value = header(name);
    if (value !== undefined || name !== "authorization") return value;
    const shown = header("sec-websocket-protocol")
      ?.split(",")
      .map((one) => one.trim())
      .find((one) => one.startsWith(keyProtocol));
    return shown === undefined ? undefined : `Bearer ${shown.slice(keyProtocol.length)}`;
  };
}
