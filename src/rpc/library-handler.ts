import { Code, ConnectError, createConnectRouter } from "@connectrpc/connect";
import { universalRequestFromNodeRequest, universalResponseToNodeResponse } from "@connectrpc/connect-node";
import type { UniversalHandler, UniversalServerRequest, UniversalServerResponse } from "@connectrpc/connect/protocol";
import { ChatService } from "../../gen/huntgroup/v1/chat_pb.ts";
import { EmbeddingService } from "../../gen/huntgroup/v1/embedding_pb.ts";
import { RouterError } from "../core/errors.ts";
import type { Intake } from "../core/intake.ts";
import type { HttpRequest, HttpResponse } from "../inbound/http-handler.ts";
import { pathOfUrl } from "../inbound/path-of-url.ts";
import { remoteAddress } from "../inbound/remote-address.ts";
import { boundedBody } from "./kit/bounded-body.ts";
import { connectionContext, intakeContext } from "./kit/caller-context.ts";
import { compressions } from "./kit/compressions.ts";
import { deadlineGraceMs } from "./kit/caller-watch.ts";
import { EarlyHeaders, openEarlyContext } from "./kit/early-headers.ts";
import { dropEndlessTimeout } from "./kit/endless-timeout.ts";
import { toConnectError } from "./kit/errors.ts";
import { fromGrpcWebText, isGrpcWebText, toGrpcWebText } from "./kit/grpc-web-text.ts";
import { inboundProtocolOfType } from "./kit/inbound-protocol-of.ts";
import { withPlainStatusMessage } from "./kit/status-message.ts";
import { answerUnknownMethod } from "./kit/unknown-method.ts";
import { timeoutOf, untilDeadline } from "./kit/until-deadline.ts";
import { readable } from "./readable.ts";
import { createRoutes, type RoutesOptions } from "./routes.ts";

interface LibraryLimits {
  /** The largest request message in bytes, after decompression. It is read for each request, because a reload may change it. */
  readonly readMaxBytes: number;
}

interface Methods {
  readonly readMaxBytes: number;
  readonly byPath: ReadonlyMap<string, UniversalHandler>;
}

/** The services whose requests are OpenAI's JSON. */
const openServices: ReadonlySet<string> = new Set([ChatService.typeName, EmbeddingService.typeName]);

/** Answers requests by Connect's library: every service, in every protocol and coding that the library speaks. */
export class LibraryHandler {
  readonly #routes: RoutesOptions;
  readonly #limits: LibraryLimits;
  #methods: Methods;

  constructor(routes: RoutesOptions, limits: LibraryLimits) {
    this.#routes = routes;
    this.#limits = limits;
    this.#methods = createMethods(routes, limits.readMaxBytes);
  }

  /** The full names of the services that are answered. */
  get serviceNames(): ReadonlySet<string> {
    return new Set([...this.#methods.byPath.values()].map(({ service }) => service.typeName));
  }

  /** Answers a request. Does not throw. @param body Stands in the place of the request's own, of which something was read already. */
  serve(request: HttpRequest, response: HttpResponse, body?: AsyncIterable<Uint8Array>): void {
    this.#run(request, response, body).catch((error: unknown) => {
      // A caller that is gone is no fault of this program, and cannot be told of one.
      if (ConnectError.from(error).code !== Code.Aborted && !response.destroyed) this.#routes.onInternalError(error);
      response.destroy();
    });
  }

  async #run(request: HttpRequest, response: HttpResponse, body: AsyncIterable<Uint8Array> | undefined): Promise<void> {
    // HTTP/1.1's response sees to what is left of the request's body. In HTTP/2 it would use up the window that all calls share.
    if ("stream" in response) response.once("finish", () => request.resume());
    const { readMaxBytes } = this.#limits;
    // The library takes the limit once: another limit takes other methods.
    if (this.#methods.readMaxBytes !== readMaxBytes) this.#methods = createMethods(this.#routes, readMaxBytes);
    const path = pathOfUrl(request.url ?? "");
    const method = this.#methods.byPath.get(path);
    if (method === undefined) {
      answerUnknownMethod(response, path, request.headers["content-type"] ?? "");
      return;
    }
    const universalRequest = readHead(request, response, body);
    if (universalRequest === undefined) {
      endEmpty(response, 400);
      return;
    }
    dropEndlessTimeout(universalRequest.header);
    const address = remoteAddress(request);
    const intake = this.#routes.router.intake();
    response.once("close", () => intake.release());
    const isText = isGrpcWebText(universalRequest.header);
    const timed = this.#withDeadline(this.#withinBounds(universalRequest, method, intake, address), address);
    const asked = isText && isBytes(timed.body) ? fromGrpcWebText(timed, timed.body) : timed;
    const refuse = (error: RouterError): ConnectError => this.#refused(error, asked, address);
    const opened = openServices.has(method.service.typeName) ? readable(asked, method.method.input, readMaxBytes, refuse) : asked;
    const contextValues = connectionContext(request, address).set(intakeContext, intake);
    const early = method.method === ChatService.method.chatCompletionStream ? new EarlyHeaders() : undefined;
    contextValues.set(openEarlyContext, early?.open);
    const whole = ask(method, { ...opened, contextValues }).then(withPlainStatusMessage);
    const answer = await (early === undefined ? whole : early.before(whole));
    await universalResponseToNodeResponse(isText ? toGrpcWebText(answer) : answer, response);
  }

  /** A body of one message comes in few pieces, and fails where there is no room for it. */
  #withinBounds(
    request: UniversalServerRequest,
    { method }: UniversalHandler,
    intake: Intake,
    address: string | undefined,
  ): UniversalServerRequest {
    const isOneMessage = method.methodKind === "unary" || method.methodKind === "server_streaming";
    if (!isOneMessage || !isBytes(request.body)) return request;
    // Where it is there, the library sets memory aside for the whole body before any of it has come. One that is too large it refuses by that.
    if (Number(request.header.get("content-length") ?? 0) <= this.#limits.readMaxBytes) request.header.delete("content-length");
    const refuse = (error: RouterError): ConnectError => this.#refused(error, request, address);
    return { ...request, body: boundedBody(request.body, intake, refuse) };
  }

  #refused(error: RouterError, { header }: UniversalServerRequest, address: string | undefined): ConnectError {
    const inboundProtocol = inboundProtocolOfType(header.get("content-type") ?? "");
    this.#routes.observer?.refused({ inboundProtocol, code: error.code, callId: undefined, address });
    return toConnectError(error);
  }

  /** A body that is still coming at the call's deadline fails there. */
  #withDeadline(request: UniversalServerRequest, address: string | undefined): UniversalServerRequest {
    const { clock } = this.#routes;
    const timeoutMs = timeoutOf(request.header);
    if (timeoutMs === undefined || !isBytes(request.body)) return request;
    const expire = (): ConnectError =>
      this.#refused(new RouterError("deadline_exceeded", "The caller's deadline has passed."), request, address);
    return { ...request, body: untilDeadline(request.body, Math.ceil(timeoutMs) + deadlineGraceMs, clock, expire) };
  }
}

const compressionNames = compressions.map(({ name }) => name);

async function ask(method: UniversalHandler, request: UniversalServerRequest): Promise<UniversalServerResponse> {
  const answer = await method(request);
  // Where gRPC's own clients look for what they may use instead. The library names it in the trailers, if at all.
  const encoding = request.header.get("grpc-encoding");
  const isUnknown = encoding !== null && encoding !== "identity" && !compressionNames.includes(encoding);
  if (isUnknown) answer.header?.set("grpc-accept-encoding", compressionNames.join(","));
  return answer;
}

function createMethods(routes: RoutesOptions, readMaxBytes: number): Methods {
  const router = createConnectRouter({ readMaxBytes, acceptCompression: compressions });
  createRoutes(routes)(router);
  return { readMaxBytes, byPath: new Map(router.handlers.map((method) => [method.requestPath, method])) };
}

/** Undefined where the caller names a host that is none, or no host at all. */
function readHead(
  request: HttpRequest,
  response: HttpResponse,
  body: AsyncIterable<Uint8Array> | undefined,
): UniversalServerRequest | undefined {
  try {
    const universal = universalRequestFromNodeRequest(request, response, undefined, undefined);
    // A method that stops reading early still has an answer to send on this connection.
    return { ...universal, body: body ?? (request.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) };
  } catch {
    return undefined;
  }
}

/** Ends a response without a body. */
export function endEmpty(response: HttpResponse, status: number): void {
  response.statusCode = status;
  response.end();
}

function isBytes(body: UniversalServerRequest["body"]): body is AsyncIterable<Uint8Array> {
  return typeof body === "object" && body !== null && Symbol.asyncIterator in body;
}
