import type { DescService } from "@bufbuild/protobuf";
import type { ConnectRouter, ConnectRouterOptions } from "@connectrpc/connect";
import { file_google_rpc_error_details } from "../../gen/google/rpc/error_details_pb.ts";
import { Health } from "../../gen/grpc/health/v1/health_pb.ts";
import { ServerReflection as ServerReflectionV1 } from "../../gen/grpc/reflection/v1/reflection_pb.ts";
import { ServerReflection as ServerReflectionV1Alpha } from "../../gen/grpc/reflection/v1alpha/reflection_pb.ts";
import { AdminService } from "../../gen/huntgroup/v1/admin_pb.ts";
import { ChatService } from "../../gen/huntgroup/v1/chat_pb.ts";
import { EmbeddingService } from "../../gen/huntgroup/v1/embedding_pb.ts";
import { ModelService } from "../../gen/huntgroup/v1/model_pb.ts";
import type { Authenticator } from "../auth/authenticator.ts";
import type { Operator } from "../control/operator.ts";
import type { CallRouter } from "../core/call-router.ts";
import type { InboundObserver } from "../inbound/inbound-observer.ts";
import type { Clock } from "../lib/clock.ts";
import { createAdminService } from "./admin/admin-service.ts";
import { chatCompletionStream } from "./chat/chat-completion-stream.ts";
import { listModels } from "./chat/list-models.ts";
import { chatCompletion, createEmbeddings } from "./chat/unary-methods.ts";
import { errorInterceptor } from "./kit/error-interceptor.ts";
import { callGate, keyGate, operatorGate } from "./kit/key-gate.ts";
import { boundedCompressions } from "./protobuf-json/bounded-message.ts";
import { createHealthService } from "./standard/health-service.ts";
import type { HealthState } from "./standard/health-state.ts";
import { createReflectionServices } from "./standard/reflection-service.ts";

/** What the services work on. */
export interface RoutesOptions {
  readonly router: CallRouter;
  /** Undefined where AdminService is answered elsewhere. */
  readonly operator: Operator | undefined;
  readonly authenticator: Authenticator;
  readonly clock: Clock;
  readonly health: HealthState;
  /** This program's version. */
  readonly version: string;
  /** Called for each request that is turned away. Omit it to ignore them. */
  readonly observer?: InboundObserver | undefined;
  /** Adds further services, with the handler options of ChatService: Connect's conformance suite has one of its own. Omit it for none. */
  readonly addServices?: ((router: ConnectRouter, options: Partial<ConnectRouterOptions>) => void) | undefined;
  /** Makes an id for a call whose caller gave none: printable ASCII. */
  newCallId(): string;
  /** Called for each fault of this program. The caller learns only that something went wrong. */
  onInternalError(error: unknown): void;
}

/** Every service of this server, in the order in which reflection lists them. */
const services: readonly DescService[] = [
  ChatService,
  EmbeddingService,
  ModelService,
  AdminService,
  Health,
  ServerReflectionV1,
  ServerReflectionV1Alpha,
];

/**
 * JSON replies use protobuf's names, so that a Connect caller's JSON is OpenAI's; requests may use either spelling. What a chat request
 * has beyond the schema is in `extra` already; elsewhere an unknown member is refused rather than silently dropped.
 */
const jsonOptions = { useProtoFieldName: true, ignoreUnknownFields: false };

/** The largest request of a service that is asked for little more than a name. */
const mostOpenBytes = 65_536;

/**
 * All services over one router. Chat takes a key where keys are set, admin the master key. Health is open, because probes have no key, and so
 * is reflection, because it tells only what is public in `proto/`.
 */
export function createRoutes(options: RoutesOptions): (router: ConnectRouter) => void {
  const { operator } = options;
  const interceptors = [errorInterceptor((error) => options.onInternalError(error))];
  const open = { interceptors, readMaxBytes: mostOpenBytes };
  const guarded = { interceptors, jsonOptions, requestGate: keyGate(options.authenticator, options.observer) };
  const called = { ...guarded, requestGate: callGate(options.authenticator, options.observer) };
  const operated = { interceptors, jsonOptions, requestGate: operatorGate(options.authenticator, options.observer) };
  const chat = { ...called, acceptCompression: boundedCompressions(ChatService.method.chatCompletion.input) };
  const embeddings = { ...called, acceptCompression: boundedCompressions(EmbeddingService.method.createEmbeddings.input) };
  // The error details' files too, so that clients that know the contract by reflection alone can read those.
  const reflection = createReflectionServices([...services.map(({ file }) => file), file_google_rpc_error_details]);
  const serviceNames = services.map(({ typeName }) => typeName);
  return (router) => {
    router.service(ChatService, { chatCompletion: chatCompletion(options), chatCompletionStream: chatCompletionStream(options) }, chat);
    router.service(EmbeddingService, { createEmbeddings: createEmbeddings(options) }, embeddings);
    router.service(ModelService, { listModels: listModels(options) }, { ...guarded, readMaxBytes: mostOpenBytes });
    if (operator !== undefined) router.service(AdminService, createAdminService({ ...options, operator }), operated);
    router.service(Health, createHealthService(options.health, serviceNames), open);
    router.service(ServerReflectionV1, reflection.v1, open);
    router.service(ServerReflectionV1Alpha, reflection.v1alpha, open);
    options.addServices?.(router, guarded);
  };
}
