import { findModel } from "../../../src/config/models/model-names.ts";
import { modelTable } from "../../../src/config/models/model-table.ts";
import type { JsonMembers, ProviderAdapter } from "../../../src/core/provider.ts";
import type { UpstreamRequest } from "../../../src/core/upstream.ts";
import { connect } from "../../providers/support.ts";
import type { NativeCase } from "./native-cases.ts";
import { wordsOf } from "./shape.ts";
import type { ApiRequest } from "./strict-host.ts";

/** A provider's deployment by itself, without a router before it and without a socket. */
export function connectTarget(
  { params }: Pick<NativeCase, "params">,
  { dropParams = false, defaults = {} }: { readonly dropParams?: boolean; readonly defaults?: JsonMembers } = {},
): { readonly adapter: ProviderAdapter; readonly model: string } {
  const { model: address, api_base: apiBase, api_key: apiKey, ...settings } = params("https://host.example");
  const [prefix = ""] = wordsOf(address).split("/");
  return connect({
    address: wordsOf(address),
    ...(apiBase === undefined ? {} : { apiBase: wordsOf(apiBase) }),
    apiKey: apiKey === undefined ? undefined : wordsOf(apiKey),
    extraHeaders: (settings["extra_headers"] ?? {}) as Readonly<Record<string, string>>,
    dropParams,
    defaults,
    setting: (key) => settings[key],
    modelFact: (of, fact) => findModel(modelTable, { provider: prefix, prefix }, of)?.[fact],
  });
}

/** What the provider's host would get. */
export function asSent({ method, path, headers, body }: UpstreamRequest): ApiRequest {
  const [pathname = "", query = ""] = path.split("?");
  const bytes = Buffer.concat(body);
  const json = JSON.parse(bytes.toString()) as JsonMembers;
  return { method, path: pathname, query: new URLSearchParams(query), headers: { host: "host.example", ...headers }, body: bytes, json };
}
