import { create, type JsonObject } from "@bufbuild/protobuf";
import { KeySchema, type Key, type KeySpec as KeySpecMessage } from "../../../../gen/huntgroup/v1/admin_pb.ts";
import type { KeySpec, OperatedKey } from "../../../control/operator.ts";
import { toldUsd } from "../../../core/keys/told-usd.ts";
import { optional, required } from "./request-fields.ts";
import { timestampMs, toTimestamp } from "./time-fields.ts";

/**
 * What a new key is to be, as the request says it. The operator checks whether its numbers make sense.
 * @throws RouterError `invalid_request` for a missing field.
 */
export function readKeySpec(message: KeySpecMessage | undefined): KeySpec {
  const spec = required(message, "spec");
  return {
    name: required(spec.name, "spec.name"),
    models: spec.models,
    ...(spec.endpoints.length > 0 && { endpoints: spec.endpoints }),
    rpm: spec.rpm,
    tpm: spec.tpm,
    maxParallelRequests: spec.maxParallelRequests,
    maxBudget: spec.maxBudget,
    budgetDuration: optional(spec.budgetDuration),
    tags: spec.tags,
    priority: spec.priority,
    expiresAt: timestampMs(spec.expires, "spec.expires"),
    metadata: spec.metadata ?? {},
  };
}

/** A key with its limits and its use; never its secret, nor the digest of it. */
export function toKey({ record, usage, expired }: OperatedKey): Key {
  const { rpm, tpm, maxParallelRequests, maxBudget, budgetDuration, priority, previous } = record;
  return create(KeySchema, {
    spec: {
      name: record.name,
      models: [...record.models],
      endpoints: [...(record.endpoints ?? [])],
      tags: [...record.tags],
      expires: toTimestamp(record.expiresAt),
      metadata: record.metadata as JsonObject,
      ...(rpm !== undefined && { rpm }),
      ...(tpm !== undefined && { tpm }),
      ...(maxParallelRequests !== undefined && { maxParallelRequests }),
      ...(maxBudget !== undefined && { maxBudget }),
      ...(budgetDuration !== undefined && { budgetDuration }),
      ...(priority !== undefined && { priority }),
    },
    origin: record.origin,
    revoked: record.revoked,
    expired,
    spentUsd: toldUsd(usage.spentUsd),
    budgetResetsAt: toTimestamp(usage.budgetResetsAt),
    usedRpm: usage.usedRpm,
    usedTpm: usage.usedTpm,
    inFlight: usage.inFlight,
    previousSecretValidUntil: toTimestamp(previous?.validUntil),
    createdAt: toTimestamp(record.createdAt),
  });
}
