import { create, createRegistry, type DescMessage, type MessageShape } from "@bufbuild/protobuf";
import { anyPack, type Any } from "@bufbuild/protobuf/wkt";
import { ConnectError, type HandlerContext, type ServiceImpl } from "@connectrpc/connect";
import * as pb from "../../.interop/conformance/connectrpc/conformance/v1/service_pb.ts";

/**
 * The service that Connect's conformance suite calls: it answers as each request asks, with what it has seen of the request. Its
 * `Unimplemented` is left out on purpose. What each method does is written in the suite's `service.proto`.
 */

/** What the JSON of the suite's `Any`s may hold. */
export const registry = createRegistry(pb.file_connectrpc_conformance_v1_service);

export const conformanceService: Partial<ServiceImpl<typeof pb.ConformanceService>> = {
  async unary(request, context) {
    return { payload: await answer(request.responseDefinition, context, [pack(pb.UnaryRequestSchema, request)]) };
  },

  async idempotentUnary(request, context) {
    return { payload: await answer(request.responseDefinition, context, [pack(pb.IdempotentUnaryRequestSchema, request)]) };
  },

  async clientStream(requests, context) {
    const all: Any[] = [];
    let definition: pb.UnaryResponseDefinition | undefined;
    for await (const request of requests) {
      if (all.length === 0) definition = request.responseDefinition;
      all.push(pack(pb.ClientStreamRequestSchema, request));
    }
    return { payload: await answer(definition, context, all) };
  },

  async *serverStream(request, context) {
    const definition = request.responseDefinition;
    if (definition === undefined) return;
    putHead(context, definition);
    const requestInfo = infoOf(context, [pack(pb.ServerStreamRequestSchema, request)]);
    for (const [index, data] of definition.responseData.entries()) {
      await pause(definition.responseDelayMs);
      yield { payload: index === 0 ? { data, requestInfo } : { data } };
    }
    if (definition.error !== undefined) throw failure(definition.error, definition.responseData.length === 0 ? requestInfo : undefined);
  },

  async *bidiStream(requests, context) {
    let definition: pb.StreamResponseDefinition | undefined;
    let isFull = false;
    let isFirst = true;
    let pending: Any[] = [];
    let sent = 0;
    for await (const request of requests) {
      pending.push(pack(pb.BidiStreamRequestSchema, request));
      if (isFirst) {
        isFirst = false;
        definition = request.responseDefinition;
        isFull = request.fullDuplex;
        if (definition !== undefined) putHead(context, definition);
      }
      if (!isFull) continue;
      const data = definition?.responseData[sent];
      if (definition === undefined || data === undefined) break;
      await pause(definition.responseDelayMs);
      const requestInfo = sent === 0 ? infoOf(context, pending) : create(pb.ConformancePayload_RequestInfoSchema, { requests: pending });
      pending = [];
      sent++;
      yield { payload: { data, requestInfo } };
    }
    if (definition === undefined) return;
    for (const data of definition.responseData.slice(sent)) {
      await pause(definition.responseDelayMs);
      yield { payload: sent === 0 ? { data, requestInfo: infoOf(context, pending) } : { data } };
      sent++;
    }
    if (definition.error !== undefined) throw failure(definition.error, sent === 0 ? infoOf(context, pending) : undefined);
  },
};

async function answer(
  definition: pb.UnaryResponseDefinition | undefined,
  context: HandlerContext,
  requests: Any[],
): Promise<pb.ConformancePayload> {
  const requestInfo = infoOf(context, requests);
  if (definition === undefined) return create(pb.ConformancePayloadSchema, { requestInfo });
  putHead(context, definition);
  await pause(definition.responseDelayMs);
  const { response } = definition;
  if (response.case === "error") throw failure(response.value, requestInfo);
  const data = response.case === "responseData" ? response.value : new Uint8Array();
  return create(pb.ConformancePayloadSchema, { requestInfo, data });
}

function putHead(
  { responseHeader, responseTrailer }: HandlerContext,
  { responseHeaders, responseTrailers }: pb.UnaryResponseDefinition | pb.StreamResponseDefinition,
): void {
  for (const { name, value } of responseHeaders) for (const one of value) responseHeader.append(name, one);
  for (const { name, value } of responseTrailers) for (const one of value) responseTrailer.append(name, one);
}

function infoOf(context: HandlerContext, requests: Any[]): pb.ConformancePayload_RequestInfo {
  const timeoutMs = context.timeoutMs();
  const requestHeaders = Array.from(context.requestHeader, ([name, value]) => create(pb.HeaderSchema, { name, value: value.split(/, */) }));
  const queryParams = Array.from(new URL(context.url).searchParams, ([name, value]) => ({ name, value: [value] }));
  return create(pb.ConformancePayload_RequestInfoSchema, {
    requestHeaders,
    requests,
    ...(timeoutMs === undefined ? {} : { timeoutMs: BigInt(Math.round(timeoutMs)) }),
    ...(context.requestMethod === "GET" ? { connectGetInfo: { queryParams } } : {}),
  });
}

function failure({ message, code, details }: pb.Error, requestInfo: pb.ConformancePayload_RequestInfo | undefined): ConnectError {
  const error = new ConnectError(message ?? "", code === 0 ? undefined : code);
  error.details = details.map(({ typeUrl, value }) => ({ type: typeUrl.slice(typeUrl.lastIndexOf("/") + 1), value }));
  if (requestInfo !== undefined) error.details.push({ desc: pb.ConformancePayload_RequestInfoSchema, value: requestInfo });
  return error;
}

function pack<Desc extends DescMessage>(desc: Desc, message: MessageShape<Desc>): Any {
  return anyPack(desc, message);
}

function pause(ms: number): Promise<void> | undefined {
  return ms === 0 ? undefined : new Promise((resolve) => setTimeout(resolve, ms));
}
