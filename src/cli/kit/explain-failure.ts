import { Code, ConnectError } from "@connectrpc/connect";

interface Attempt {
  readonly url: string;
  /** The method of AdminService that was called last. */
  readonly method: string;
  readonly timeoutMs: number;
  readonly keyShown: boolean;
}

/**
 * Explains a failed call to the server in one sentence, without a stack.
 * @returns The sentence, and whether the server may well answer later.
 */
export function explainFailure(thrown: unknown, attempt: Attempt): { readonly message: string; readonly passing: boolean } {
  const error = ConnectError.from(thrown);
  const broken = brokenConnection(error, attempt);
  if (broken !== undefined) return broken;
  const { url, method, keyShown } = attempt;
  const said = error.rawMessage;
  switch (error.code) {
    case Code.Unauthenticated:
      return lasting(
        keyShown
          ? `${url} does not accept this key (HUNTGROUP_KEY, --key-file)`
          : `${url} wants its master key: set HUNTGROUP_KEY, or give --key-file FILE`,
      );
    case Code.PermissionDenied:
      return lasting(`this key may not do that: ${said}`);
    case Code.Unimplemented:
      return lasting(`${url} has no ${method}: it is older than this command, or no huntgroup`);
    case Code.Aborted:
      return lasting(`${said} (look at the state again, then repeat, or leave out --etag)`);
    case Code.DeadlineExceeded:
      return { message: `${url} did not answer within ${attempt.timeoutMs / 1_000} s (--timeout)`, passing: true };
    case Code.Unavailable:
      return { message: `${url} is not available: ${said}`, passing: true };
    default:
      return lasting(said === "" ? `${url} answered with an error: ${Code[error.code]}` : said);
  }
}

function lasting(message: string): { readonly message: string; readonly passing: boolean } {
  return { message, passing: false };
}

/** Explains a failure of the network or of TLS. Undefined when the error has another cause. */
function brokenConnection(error: ConnectError, { url }: Attempt): { readonly message: string; readonly passing: boolean } | undefined {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if (!("code" in cause) || typeof cause.code !== "string") continue;
    const { code } = cause;
    const reason = closures.has(code)
      ? `the connection was closed; ${url.startsWith("https:") ? hint : "does it want https://? (--url)"}`
      : refusals[code];
    if (reason !== undefined) return { message: `cannot reach ${url}: ${reason}`, passing: true };
    if (code.startsWith("ERR_SSL_") || code === "EPROTO" || code.startsWith("HPE_"))
      return lasting(`cannot reach ${url}: it does not speak ${url.startsWith("https:") ? "TLS; try http://" : "HTTP; try https://"}`);
    if (code === "ERR_TLS_CERT_ALTNAME_INVALID") return lasting(`cannot reach ${url}: its certificate is for another name`);
    if (/CERT|SIGNATURE|ISSUER/.test(code))
      return lasting(`cannot reach ${url}: its certificate is not trusted (${code}); name its authority with --ca FILE`);
  }
  return undefined;
}

const hint = "is the server running? (--url)";
const refusals: Readonly<Record<string, string>> = {
  ECONNREFUSED: `connection refused; ${hint}`,
  ENOTFOUND: "there is no such host name (--url)",
  EAI_AGAIN: "the host name cannot be looked up now (--url)",
  EHOSTUNREACH: `no way to this host; ${hint}`,
  ENETUNREACH: `no way to this network; ${hint}`,
  ETIMEDOUT: `no answer; ${hint}`,
};
const closures: ReadonlySet<string> = new Set(["ECONNRESET", "EPIPE", "ERR_STREAM_PREMATURE_CLOSE"]);
