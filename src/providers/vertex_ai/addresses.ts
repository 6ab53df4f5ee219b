import type { Call } from "../../core/call.ts";
import type { ApiBase } from "../../formats/kit/host-params.ts";
import { operationPath } from "../../formats/openai/operation-path.ts";
import { vertexModel, type VertexModel } from "./model-family.ts";

/** Where a project's models are reached. */
export interface VertexPlace {
  /** Undefined while only the credentials may tell it: {@link unknownProject} stands in paths then. */
  readonly project: string | undefined;
  /** `us-central1`, `global`, or several regions at once: `eu`. */
  readonly location: string;
  readonly version: "v1" | "v1beta1";
  /** An address of the user's own. Undefined for Google's. */
  readonly base: ApiBase | undefined;
  /** Whether that is a private endpoint that serves one model of the project, by its number (`use_psc_endpoint_format`). */
  readonly isPrivate: boolean;
  /** Whether requests are known by a key, so that they need no project. */
  readonly hasKey: boolean;
}

/** Stands in a path for a project that is not known yet. */
export const unknownProject = "{project}";

/** The origin of Google's host for a location. @param location Letters, digits and hyphens. */
export function vertexOrigin(location: string): string {
  if (location === "global") return "https://aiplatform.googleapis.com";
  return location.includes("-") ? `https://${location}-aiplatform.googleapis.com` : `https://aiplatform.${location}.rep.googleapis.com`;
}

/** What a request is asked at. @param model As configured, behind its prefix. */
export function vertexPath(place: VertexPlace, call: Pick<Call, "endpoint" | "resource" | "stream">, model: string): string {
  const parts = vertexModel(model);
  const { base, isPrivate, version } = place;
  const tail = operationOf(parts, call);
  const query = joinedQuery(tail, base?.query ?? "");
  if (base === undefined) return `/${version}/${resourceOf(place, parts)}${tail}`;
  if (isPrivate) return `${base.path}/${version}/${parentOf(place)}endpoints/${encoded(parts.name)}${query}`;
  // A base that names no more than the API is another way to Google's; every other one is the model's own address.
  if (base.path === "" || /\/v1(?:beta1)?$/.test(base.path)) {
    return `${base.path === "" ? `/${version}` : base.path}/${resourceOf(place, parts)}${query}`;
  }
  return `${base.path}${query}`;
}

/** Where tokens of requests to Claude are counted, whichever model it is; undefined where an address leads to one model alone. */
export function vertexCountPath(place: VertexPlace): string | undefined {
  const { base, isPrivate, version } = place;
  const root = base === undefined || base.path === "" ? `/${version}` : base.path;
  if (isPrivate || !/^(?:\/.*)?\/v1(?:beta1)?$/.test(root)) return undefined;
  return `${root}/${parentOf(place)}publishers/anthropic/models/count-tokens:rawPredict${base?.query ?? ""}`;
}

function joinedQuery(tail: string, query: string): string {
  if (query === "") return tail;
  return tail.includes("?") ? `${tail}&${query.slice(1)}` : `${tail}${query}`;
}

/** What stands behind the name of a model: the method, or the operation of an endpoint in OpenAI's format. */
function operationOf({ family, name }: VertexModel, call: Pick<Call, "endpoint" | "resource" | "stream">): string {
  const { endpoint, stream } = call;
  switch (family) {
    case "openapi":
    case "openai":
      return operationPath(call);
    case "claude":
    case "mistralai":
    case "ai21":
      return stream ? ":streamRawPredict" : ":rawPredict";
    case "gemini":
      if (endpoint === "embeddings") return takesContent(name) ? ":embedContent" : ":predict";
      return stream ? ":streamGenerateContent?alt=sse" : ":generateContent";
    default:
      return family satisfies never;
  }
}

/** Whether a model embeds a content rather than instances of a prediction. */
export function takesContent(model: string): boolean {
  return /^gemini-embedding-(?!001)/.test(model);
}

function resourceOf(place: VertexPlace, { family, name }: VertexModel): string {
  const parent = parentOf(place);
  switch (family) {
    case "openapi":
      return `${parent}endpoints/openapi`;
    case "openai":
      return `${parent}endpoints/${encoded(name)}`;
    case "claude":
      return `${parent}publishers/anthropic/models/${encoded(name)}`;
    case "mistralai":
    case "ai21":
      return `${parent}publishers/${family}/models/${encoded(name)}`;
    case "gemini":
      if (name.startsWith("projects/")) return encoded(name);
      if (/^(?:publishers|endpoints)\//.test(name)) return `${parent}${encoded(name)}`;
      return `${parent}${/^\d+$/.test(name) ? "endpoints" : "publishers/google/models"}/${encoded(name)}`;
    default:
      return family satisfies never;
  }
}

function parentOf({ project, location, hasKey }: VertexPlace): string {
  if (project === undefined && hasKey) return "";
  return `projects/${project === undefined ? unknownProject : encodeURIComponent(project)}/locations/${location}/`;
}

/** Names hold slashes and an `@` before a version, which stay. */
function encoded(name: string): string {
  return name
    .split("/")
    .map((part) => encodeURIComponent(part).replaceAll("%40", "@"))
    .join("/");
}
