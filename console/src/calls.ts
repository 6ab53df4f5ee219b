import { create } from "@bufbuild/protobuf";
import { ListCallsRequestSchema, type ListCallsRequest, type RecentAttempt, type RecentCall } from "../../gen/huntgroup/v1/admin_pb.ts";
import { count, milliseconds } from "./format.ts";
import { dollars } from "./key-spec.ts";

/** Which calls a person looks for, as the form has it. What is empty narrows nothing. */
export interface CallFilter {
  readonly model: string;
  readonly deployment: string;
  readonly key: string;
  readonly failedOnly: boolean;
}

/** Makes a filter the request for so many calls. */
export function toCallsRequest({ model, deployment, key, failedOnly }: CallFilter, limit: number): ListCallsRequest {
  return create(ListCallsRequestSchema, {
    limit,
    model: model.trim(),
    deploymentId: deployment.trim(),
    key: key.trim(),
    failedOnly,
  });
}

/** Names how a call, or an attempt of one, went. @param code Of its error; empty or `success` when it went well. */
export function outcomeWord(code: string): { readonly word: string; readonly tone: "good" | "bad" | "off" } {
  if (code === "" || code === "success") return { word: "success", tone: "good" };
  return { word: code.replaceAll("_", " "), tone: code === "cancelled" ? "off" : "bad" };
}

/** Writes one attempt: `east, upstream error 500, 12 ms`. */
export function attemptText({ deploymentId, outcome, status, ms }: RecentAttempt): string {
  const { word, tone } = outcomeWord(outcome);
  const why = tone === "good" ? [] : [`${word}${status === undefined ? "" : ` ${status}`}`];
  return [deploymentId, ...why, milliseconds(ms)].join(", ");
}

/** Writes what a call went through besides its attempts: `1 retry, 2 fallbacks, waited 40 ms, adjusted top_p`. Empty when that is nothing. */
export function detours({ retries, fallbacks, queuedMs, adjusted }: RecentCall): string {
  return [
    ...(retries === 0 ? [] : [`${retries} ${retries === 1 ? "retry" : "retries"}`]),
    ...(fallbacks === 0 ? [] : [`${fallbacks} ${fallbacks === 1 ? "fallback" : "fallbacks"}`]),
    ...(queuedMs === 0 ? [] : [`waited ${milliseconds(queuedMs)}`]),
    ...(adjusted.length === 0 ? [] : [`adjusted ${adjusted.join(" ")}`]),
  ].join(", ");
}

/** Writes the tokens of a call: `1200 in, 80 out`; with `about` where nobody but the router counted them. */
export function tokensText({ promptTokens, outputTokens, tokensEstimated }: RecentCall): string {
  if (promptTokens === undefined && outputTokens === undefined) return "–";
  return `${tokensEstimated ? "about " : ""}${count(promptTokens ?? 0)} in, ${count(outputTokens ?? 0)} out`;
}

/** Writes what a call cost, as far as that is known. */
export function costText({ costUsd }: RecentCall): string {
  return costUsd === undefined ? "–" : dollars(costUsd);
}
