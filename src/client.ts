/**
 * The generated clients, as the package exports them (`huntgroup/client`): the services and messages of `proto/huntgroup/v1`, for Connect's
 * `createClient`, and the details that errors carry.
 */
export * from "../gen/google/rpc/error_details_pb.ts";
export * from "../gen/huntgroup/v1/admin_pb.ts";
export * from "../gen/huntgroup/v1/chat_pb.ts";
export * from "../gen/huntgroup/v1/embedding_pb.ts";
export * from "../gen/huntgroup/v1/model_pb.ts";
