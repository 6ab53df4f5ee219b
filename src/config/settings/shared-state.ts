import { actedOn, type SettingsTable } from "./setting-spec.ts";

/** `general_settings.shared_state`: the Valkey or Redis in which several nodes keep what they share. */
export const sharedStateTable = {
  url: actedOn(
    "text",
    "One server: `redis://user:password@host:6379/0`, `rediss://` for TLS (`valkey://` and `valkeys://` are the same), or `unix:///path/of.sock`.",
  ),
  nodes: actedOn("list", "Instead of `url`, some nodes of a cluster, as `host:port`."),
  sentinels: actedOn("list", "Instead of `url`, the Sentinels that know the primary, as `host:port`."),
  sentinel_name: actedOn("text", "What the Sentinels call the primary."),
  sentinel_password: actedOn("text", "The Sentinels' own password, where they have one."),
  username: actedOn("text", "Of the store's own accounts, where `url` does not say."),
  password: actedOn("text", "The same."),
  db: actedOn("integer", "The number of the database, where `url` does not say. A cluster has 0 alone.", { min: 0, max: 65_535 }),
  tls: actedOn("boolean", "Speaks TLS to `nodes` and `sentinels`. An `url` says so by its scheme.", { default: false }),
  tls_ca: actedOn("text", "A file with the certificates (PEM) that the store's is checked against, instead of the usual ones."),
  tls_server_name: actedOn("text", "The name that the store's certificate must have, where it is not that of the host."),
  namespace: actedOn("text", "What the names of all keys begin with: nodes with the same share their limits.", { default: "huntgroup" }),
  node_name: actedOn(
    "text",
    "This node's name, which no other one may have at the same time. By default the host's name and the port: a container that begins again under its name takes its old place.",
  ),
  node_ttl: actedOn("seconds", "For how long the share of a node is kept that is silent and may still be serving.", {
    default: 600,
    min: 70,
  }),
  on_store_loss: actedOn(
    "text",
    "What keys' limits and budgets do while the store is gone: `local` goes on with what the node holds and, for limits of a minute, its share; `refuse` refuses the calls of limited keys.",
    { default: "local" },
  ),
} as const satisfies SettingsTable;
