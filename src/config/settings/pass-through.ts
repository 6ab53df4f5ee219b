import { actedOn, information, later, type SettingsTable } from "./setting-spec.ts";

/** An entry of `general_settings.pass_through_endpoints`: a path that leads to another server. */
export const passThroughTable = {
  path: actedOn("text", "Where it is served, such as `/search`. Paths of the router's own are refused."),
  target: actedOn(
    "text",
    "The address that requests go to, with its path and perhaps a query. What a caller sends of the query is added to it and replaces nothing.",
  ),
  headers: actedOn(
    "map",
    "Headers that are put into each request, the target's credentials above all; `os.environ/NAME` may stand anywhere in a value. They win over the caller's.",
  ),
  include_subpath: actedOn("boolean", "Whether what stands behind `path` is served too, and added to the target's path.", {
    default: false,
  }),
  auth: actedOn(
    "boolean",
    "Whether callers show a key, which has to name `pass_through` in its `endpoints`. `false` lets in everybody who reaches the server. LiteLLM's default is `false`.",
    { default: true },
  ),
  methods: actedOn("names", "The methods that are passed on. Without it: GET, HEAD, POST, PUT, PATCH and DELETE."),
  timeout: actedOn("seconds", "How long the target may take to begin its answer, and to go on with it.", { default: 600, above: 0 }),
  default_query_params: actedOn("map", "Parameters of the query where a caller gives none by their names."),
  cost_per_request: later("What passes through is counted in no cost and no budget."),
  guardrails: later("Guardrails."),
  forward_headers: information("All headers of the caller's but its credentials are passed on."),
  merge_query_params: information("Queries are always joined."),
  id: information("LiteLLM's own name of the entry."),
} as const satisfies SettingsTable;
