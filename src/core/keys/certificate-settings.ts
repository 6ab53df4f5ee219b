/** How clients' certificates are taken for keys: plain data, as it is configured. */
export interface CertificateSettings {
  /** What of a certificate tells whose it is, in this order. */
  readonly claims: readonly CertificateClaim[];
  /** Names of keys by what the certificate says. */
  readonly keys: ReadonlyMap<string, string>;
  /** The key of all other certificates. Undefined when they stand for none. */
  readonly defaultKey: string | undefined;
}

/** The subject's alternative names (URIs such as SPIFFE ids, host names), and its common name. */
export const certificateClaims = ["uri", "dns", "cn"] as const;

/** One of {@link certificateClaims}. */
export type CertificateClaim = (typeof certificateClaims)[number];
