/** `general_settings.shared_state`: where nodes keep what they share. */
export interface SharedStateSettings {
  readonly place: StorePlace;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly database: number | undefined;
  /** Undefined without TLS. */
  readonly tls: StoreTls | undefined;
  /** What the names of all keys begin with. */
  readonly namespace: string;
  /** The node's own name; undefined to make it from the host's name and the port. */
  readonly nodeName: string | undefined;
  /** For how long the share of a silent node is kept. */
  readonly nodeTtlMs: number;
  /** Whether keys' limits refuse calls while the store is gone, instead of going on with what the node has. */
  readonly refusesOnLoss: boolean;
}

/** One server, several of a cluster, or those that know which server is the primary. */
export type StorePlace =
  | { readonly kind: "server"; readonly host: string; readonly port: number }
  | { readonly kind: "socket"; readonly path: string }
  | { readonly kind: "cluster"; readonly nodes: readonly HostPort[] }
  | { readonly kind: "sentinel"; readonly sentinels: readonly HostPort[]; readonly name: string; readonly password: string | undefined };

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** How the store is spoken to over TLS. */
export interface StoreTls {
  /** Certificates (PEM) that the store's is checked against. Undefined for the usual ones. */
  readonly ca: string | undefined;
  /** Undefined for the host. */
  readonly serverName: string | undefined;
}
