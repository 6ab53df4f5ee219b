import type * as GoogleLibrary from "google-auth-library";
import type { AuthClient } from "google-auth-library";
import { type ErrorCode, RouterError } from "../../core/errors.ts";
import type { JsonMembers, JsonValue } from "../../core/provider.ts";
import { isMembers } from "../../formats/kit/chat/chat-fields.ts";
import { redactorOf } from "../../formats/kit/redact.ts";
import { readFileInTime } from "../../lib/read-file-in-time.ts";
import type { CredentialPlan } from "../credentials/credential-store.ts";
import { type GoogleCredentials, parseCredentials } from "./google-credentials.ts";

/** An access token, and what its credentials say besides. */
export interface GoogleToken {
  readonly token: string;
  readonly project: string | undefined;
  /** The project that calls are counted for, where it is another one. */
  readonly quotaProject: string | undefined;
}

/** What is used of the clients of google-auth-library. */
interface TokenClient {
  getAccessToken(): Promise<{ readonly token?: string | null | undefined }>;
  readonly credentials: { readonly expiry_date?: number | null | undefined };
  readonly quotaProjectId?: string | undefined;
}

/** A client that fetches a token once. */
interface OpenedClient {
  readonly client: TokenClient;
  project(): Promise<string | undefined>;
}

/** Opens a client. @param json What it is made from; undefined for what the machine has. */
export type OpenClient = (json: JsonMembers | undefined) => Promise<OpenedClient>;

const scopes = ["https://www.googleapis.com/auth/cloud-platform"];

/** A request of the library's that has no answer by then is given up. */
const requestMs = 20_000;

/**
 * Makes what opens clients of google-auth-library, which is loaded at the first. It goes by the proxies of the environment.
 * @param fetchImplementation Omit it for the library's own.
 */
export function createClientOpener(fetchImplementation?: typeof fetch): OpenClient {
  const transporterOptions = { timeout: requestMs, ...(fetchImplementation && { fetchImplementation }) };
  return async (json) => {
    const library = await import("google-auth-library");
    if (json === undefined) {
      const auth = new library.GoogleAuth({ scopes, clientOptions: { transporterOptions } });
      return { client: await auth.getClient(), project: async () => textOf(await auth.getProjectId().catch(() => undefined)) };
    }
    const client = clientOf(json, library, transporterOptions);
    return {
      client,
      project: async () =>
        textOf(json["project_id"]) ??
        (client instanceof library.BaseExternalAccountClient ? textOf(await client.getProjectId().catch(() => undefined)) : undefined),
    };
  };
}

type Library = typeof GoogleLibrary;

/** Makes a client by the kind of its credentials. The library's own way to do so warns of credentials that come from strangers: these are the user's. */
function clientOf(json: JsonMembers, library: Library, transporterOptions: object): AuthClient {
  const text = (name: string): string => textOf(json[name]) ?? refuseCredentials(name);
  const quotaProject = textOf(json["quota_project_id"]);
  const shared = { transporterOptions, ...(quotaProject === undefined ? {} : { quotaProjectId: quotaProject }) };
  switch (json["type"]) {
    case "service_account":
      return new library.JWT({ ...shared, email: text("client_email"), key: text("private_key"), keyId: text("private_key_id"), scopes });
    case "authorized_user": {
      const [clientId, clientSecret, refreshToken] = [text("client_id"), text("client_secret"), text("refresh_token")];
      return new library.UserRefreshClient({ ...shared, clientId, clientSecret, refreshToken });
    }
    case "external_account_authorized_user":
      return new library.ExternalAccountAuthorizedUserClient({ ...shared, ...json } as unknown as UserOptions);
    case "impersonated_service_account": {
      const source = json["source_credentials"];
      const principal = /([^/]+):generateAccessToken$/.exec(text("service_account_impersonation_url"))?.[1];
      if (!isMembers(source) || principal === undefined) return refuseCredentials("source_credentials");
      const delegates = (Array.isArray(json["delegates"]) ? (json["delegates"] as readonly JsonValue[]) : []).map(String);
      const sourceClient = clientOf(source, library, transporterOptions);
      return new library.Impersonated({ ...shared, sourceClient, targetPrincipal: principal, targetScopes: scopes, delegates });
    }
    default: {
      const options = { ...shared, ...json, scopes } as unknown as WorkloadOptions;
      const source = json["credential_source"];
      if (isMembers(source) && source["environment_id"] !== undefined) return new library.AwsClient(options as never);
      if (isMembers(source) && source["executable"] !== undefined) return new library.PluggableAuthClient(options as never);
      return new library.IdentityPoolClient(options);
    }
  }
}

type UserOptions = ConstructorParameters<Library["ExternalAccountAuthorizedUserClient"]>[0];
type WorkloadOptions = ConstructorParameters<Library["IdentityPoolClient"]>[0];

function refuseCredentials(name: string): never {
  throw new RouterError("upstream_auth", `the credentials have no ${name}`);
}

/**
 * How the token of some credentials is got. Each time by a client of its own: those of the library keep tokens, also ones that were refused.
 * @param needsProject Whether only the credentials tell the project.
 */
export function planToken(
  { identity, source }: GoogleCredentials,
  needsProject: boolean,
  openClient: OpenClient,
): CredentialPlan<GoogleToken> {
  return {
    identity: `${identity}${needsProject ? " with its project" : ""}`,
    what: "Google's access token",
    async fetch() {
      const json = source.kind === "json" ? source.json : source.kind === "file" ? await readCredentialFile(source.path) : undefined;
      try {
        const opened = await openClient(json);
        const { client } = opened;
        const { token } = await client.getAccessToken();
        if (typeof token !== "string" || token === "") throw new RouterError("upstream_auth", "there is no token in the answer");
        const value = { token, project: needsProject ? await opened.project() : undefined, quotaProject: client.quotaProjectId };
        return { value, expiresAt: client.credentials.expiry_date ?? undefined };
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        throw new RouterError(codeOf(error), redactorOf(secretsOf(json))(message));
      }
    },
  };
}

async function readCredentialFile(path: string): Promise<JsonMembers> {
  let text: string;
  try {
    text = await readFileInTime(path);
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : "not in time";
    throw new RouterError("upstream_auth", `the file with the credentials cannot be read (${reason})`);
  }
  const json = parseCredentials(text);
  if (json === undefined) throw new RouterError("upstream_auth", "the file with the credentials holds none of Google's");
  return json;
}

function codeOf(error: unknown): ErrorCode {
  if (error instanceof RouterError) return error.code;
  const { response, code } = (error ?? {}) as { readonly response?: { readonly status?: unknown }; readonly code?: unknown };
  const status = response?.status;
  if (typeof status === "number") return status === 429 || status >= 500 ? "upstream_overloaded" : "upstream_auth";
  return typeof code === "string" && /^(?:E[A-Z_]+|UND_ERR_\w+|\w*timeout\w*)$/i.test(code) ? "upstream_unreachable" : "upstream_auth";
}

const secretNames: ReadonlySet<string> = new Set([
  "private_key",
  "private_key_id",
  "refresh_token",
  "client_secret",
  "file",
  "url",
  "command",
]);

/** The secrets in credentials, those that they are made from included. */
function secretsOf(value: JsonValue | undefined): readonly string[] {
  if (!isMembers(value)) return [];
  return Object.entries(value).flatMap(([name, member]) =>
    typeof member === "string" ? (secretNames.has(name) ? [member] : []) : secretsOf(member),
  );
}

function textOf(value: JsonValue | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
