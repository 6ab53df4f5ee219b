import assert from "node:assert/strict";
import { generateKeyPairSync, verify } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, describe, it } from "node:test";
import type { JsonMembers } from "../../../src/core/provider.ts";
import { createClientOpener, type OpenClient, planToken } from "../../../src/providers/vertex_ai/google-token.ts";

/** Google's own library, asked as the program asks it, with its requests answered here. */
const folder = mkdtempSync(join(tmpdir(), "huntgroup-google-"));
after(() => rmSync(folder, { recursive: true }));

const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const serviceAccount = {
  type: "service_account",
  project_id: "of-the-key",
  private_key_id: "kid",
  private_key: privateKey.export({ type: "pkcs8", format: "pem" }),
  client_email: "router@of-the-key.example",
  token_uri: "https://oauth2.googleapis.com/token",
};
const user = { type: "authorized_user", client_id: "id", client_secret: "secret-0123456789", refresh_token: "refresh-0123456789" };

describe("a token of Google's", () => {
  it("is fetched for a service account by an assertion that its key signs", async () => {
    const { open, sent } = google({ access_token: "ya29.a", expires_in: 3_599, token_type: "Bearer" });
    const before = Date.now();
    const { value, expiresAt } = await fetched(serviceAccount, open);
    assert.deepEqual(value, { token: "ya29.a", project: "of-the-key", quotaProject: undefined });
    assert.ok(expiresAt !== undefined && expiresAt > before + 3_590_000 && expiresAt <= Date.now() + 3_600_000, String(expiresAt));
    const [{ url, form } = { url: "", form: new URLSearchParams() }] = sent;
    assert.equal(url, "https://oauth2.googleapis.com/token");
    assert.equal(form.get("grant_type"), "urn:ietf:params:oauth:grant-type:jwt-bearer");
    const [head = "", claims = "", signature = ""] = (form.get("assertion") ?? "").split(".");
    assert.ok(verify("sha256", Buffer.from(`${head}.${claims}`), publicKey, Buffer.from(signature, "base64url")));
    const { iss, scope, iat, exp } = JSON.parse(Buffer.from(claims, "base64url").toString()) as JsonMembers;
    assert.deepEqual(
      [iss, scope, Number(exp) - Number(iat)],
      [serviceAccount.client_email, "https://www.googleapis.com/auth/cloud-platform", 3_600],
    );
  });

  it("is fetched anew each time", async () => {
    const { open, sent } = google({ access_token: "ya29.a", expires_in: 3_599 });
    await fetched(serviceAccount, open);
    await fetched(serviceAccount, open);
    assert.equal(sent.length, 2);
  });

  it("is fetched for a person by the refresh token, and counted for the project that the credentials name", async () => {
    const { open, sent } = google({ access_token: "ya29.u", expires_in: 3_599 });
    const { value } = await fetched({ ...user, quota_project_id: "pays" }, open, false);
    assert.deepEqual(value, { token: "ya29.u", project: undefined, quotaProject: "pays" });
    assert.deepEqual([sent[0]?.form.get("grant_type"), sent[0]?.form.get("refresh_token")], ["refresh_token", "refresh-0123456789"]);
  });

  it("is fetched for a workload by the token of its file", async () => {
    const subject = join(folder, "subject");
    writeFileSync(subject, "subject-token");
    const forms: URLSearchParams[] = [];
    const server = await listen((request, response) => {
      void text(request).then((form) => forms.push(new URLSearchParams(form)));
      response.setHeader("content-type", "application/json");
      response.end('{"access_token": "ya29.w", "expires_in": 3599, "token_type": "Bearer", "issued_token_type": "x"}');
    });
    const workload = {
      type: "external_account",
      audience: "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q",
      subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
      token_url: `http://${server.host}/v1/token`,
      credential_source: { file: subject },
    };
    try {
      const { value, expiresAt } = await fetched(workload, createClientOpener(), false);
      assert.equal(value.token, "ya29.w");
      assert.ok(expiresAt !== undefined && expiresAt > Date.now());
      assert.equal(forms[0]?.get("subject_token"), "subject-token");
    } finally {
      server.close();
    }
  });

  it("is asked of Google for another service account, where one may speak for it", async () => {
    const { open, sent } = google({ access_token: "ya29.s", accessToken: "ya29.i", expires_in: 3_599, expireTime: "2099-01-01T00:00:00Z" });
    const impersonated = {
      type: "impersonated_service_account",
      service_account_impersonation_url:
        "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/a@b.example:generateAccessToken",
      source_credentials: user,
    };
    const { value, expiresAt } = await fetched(impersonated, open, false);
    assert.deepEqual([value.token, expiresAt], ["ya29.i", Date.parse("2099-01-01T00:00:00Z")]);
    assert.match(sent[1]?.url ?? "", /serviceAccounts\/a@b\.example:generateAccessToken$/);
  });

  it("says what its credentials lack", async () => {
    const { open } = google({});
    await assert.rejects(fetched({ ...user, refresh_token: null }, open), { message: "the credentials have no refresh_token" });
  });

  it("is the metadata server's where the machine is Google's", async () => {
    const server = await listen(({ url, headers }, response) => {
      assert.equal(headers["metadata-flavor"], "Google");
      const isToken = url?.includes("/token") === true;
      response.setHeader("metadata-flavor", "Google");
      response.setHeader("content-type", isToken ? "application/json" : "text/plain");
      response.end(isToken ? '{"access_token": "ya29.m", "expires_in": 3599, "token_type": "Bearer"}' : "of-the-machine");
    });
    const environment = {
      GCE_METADATA_HOST: server.host,
      METADATA_SERVER_DETECTION: "assume-present",
      HOME: folder,
      PATH: "",
    };
    const was = Object.keys(environment).map((name) => [name, process.env[name]] as const);
    try {
      Object.assign(process.env, environment);
      const { value, expiresAt } = await fetched(undefined, createClientOpener());
      assert.deepEqual([value.token, value.project], ["ya29.m", "of-the-machine"]);
      assert.ok(expiresAt !== undefined && expiresAt > Date.now());
    } finally {
      for (const [name, value] of was) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
      server.close();
    }
  });

  for (const [status, code] of [
    [400, "upstream_auth"],
    [403, "upstream_auth"],
  ] as const) {
    it(`is not to be had where Google answers ${status}, and no secret is told`, async () => {
      const answer = { error: "invalid_grant", error_description: `Bad refresh-0123456789 of secret-0123456789` };
      const { open } = google(answer, status);
      await assert.rejects(fetched(user, open), (error: Error & { readonly code: string }) => {
        assert.equal(error.code, code);
        assert.doesNotMatch(error.message, /0123456789/);
        return error.cause === undefined;
      });
    });
  }

  it("is not to be had where Google cannot be reached", async () => {
    const open = createClientOpener(async () => {
      throw Object.assign(new TypeError("fetch failed"), { code: "ENOTFOUND" });
    });
    await assert.rejects(fetched(serviceAccount, open), { code: "upstream_unreachable" });
  });

  it("is not to be had where the answer holds none", async () => {
    await assert.rejects(fetched(serviceAccount, google({}).open), { code: "upstream_auth" });
  });
});

async function listen(answer: RequestListener): Promise<{ readonly host: string; close(): void }> {
  const server = createServer(answer);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function fetched(json: JsonMembers | undefined, open: OpenClient, needsProject = true) {
  const source = json === undefined ? ({ kind: "machine" } as const) : ({ kind: "json", json } as const);
  return planToken({ identity: "x", source }, needsProject, open).fetch();
}

/** Google's servers for tokens, which give the same answer to all. */
function google(answer: JsonMembers, status = 200) {
  const sent: { readonly url: string; readonly form: URLSearchParams }[] = [];
  const fetchHere: typeof fetch = async (input, init) => {
    sent.push({
      url: input instanceof Request ? input.url : String(input),
      form: init?.body instanceof URLSearchParams ? init.body : new URLSearchParams(),
    });
    return Response.json(answer, { status });
  };
  return { sent, open: createClientOpener(fetchHere) };
}
