import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, beforeEach, describe, it } from "node:test";
import { RouterError } from "../../../src/core/errors.ts";
import type { JsonMembers, ProviderAdapter } from "../../../src/core/provider.ts";
import { CredentialStore } from "../../../src/providers/credentials/credential-store.ts";
import { createProviderPlugins, createProviderRegistry } from "../../../src/providers/index.ts";
import { chatCall, encoded } from "../../formats/kit/chat/support.ts";
import { eventually } from "../../support/eventually.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { connect, problemsOf, type Setup } from "../support.ts";
import { faultOf, listenAsAws, stsAnswer, stsRefusal, type FakeAnswer, type FakeAws } from "./fake-aws.ts";
import { exampleKeys, type SigningPair } from "./support.ts";

const hour = 3_600_000;
const role = "arn:aws:iam::123456789012:role/callers";
const ownPair = { aws_access_key_id: exampleKeys.accessKeyId, aws_secret_access_key: exampleKeys.secretAccessKey };

let clock: FakeClock;
let sts: FakeAws;
/** The keys that the service of tokens gives, one for each question. */
let given: SigningPair[];
let refusal: FakeAnswer | undefined;
const used: ProviderAdapter[] = [];
const folder = mkdtempSync(join(tmpdir(), "huntgroup-aws-"));
after(() => rmSync(folder, { recursive: true }));

let store: CredentialStore;

interface Given {
  readonly settings?: JsonMembers;
  readonly environment?: Readonly<Record<string, string>>;
  readonly apiKey?: string;
  readonly extraHeaders?: Readonly<Record<string, string>>;
  readonly mayUse?: boolean;
}

function setupOf({ settings = {}, environment = {}, apiKey, extraHeaders = {}, mayUse = true }: Given): Setup {
  const all: JsonMembers = { aws_region_name: "us-east-1", ...settings };
  return {
    address: "bedrock/a.b",
    apiKey,
    extraHeaders,
    environment: { AWS_CONFIG_FILE: "/nowhere", ...environment },
    setting: (name) => all[name],
    mayUse: () => mayUse,
  };
}

/** A deployment in force. @returns It, and what went wrong with its credentials. */
async function begun(what: Given) {
  const { adapter } = connect(setupOf(what), createProviderRegistry(createProviderPlugins(store)));
  used.push(adapter);
  return { adapter, failure: await adapter.credentials?.begin() };
}

/** How a request of a deployment proves who sends it. */
function proofOf(adapter: ProviderAdapter): string {
  const { headers } = encoded(adapter, chatCall({}), "a.b");
  const authorization = headers["authorization"] ?? "none";
  const id = /Credential=([^/]+)/.exec(authorization)?.[1];
  const token = headers["x-amz-security-token"];
  return id === undefined ? authorization : `signed by ${id}${token === undefined ? "" : ` with ${token}`}`;
}

/** What is wrong with a deployment. */
function problems(what: Given): string {
  return problemsOf(setupOf(what)).join("\n");
}

/** The settings of a role that an access key takes. */
function byRole(more: JsonMembers = {}): JsonMembers {
  return { ...ownPair, aws_role_name: role, aws_sts_endpoint: sts.origin, ...more };
}

function asked(index = -1): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(sts.heard.at(index)?.body.toString()));
}

function tokenFile(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** Hooks of the suites that call it, and of no other file that shares a process with this one. */
function withTokenService(): void {
  beforeEach(async () => {
    clock = new FakeClock();
    given = [];
    refusal = undefined;
    sts = await listenAsAws(({ body }) => {
      if (refusal !== undefined) return refusal;
      const action = new URLSearchParams(body.toString()).get("Action") ?? "";
      const count = given.length + 1;
      given.push({
        accessKeyId: `ASIAROLE${count}`,
        secretAccessKey: `role/secret-${count}+0123456789`,
        sessionToken: `role/token-${count}==0123456789`,
      });
      return stsAnswer(action, given.at(-1) ?? exampleKeys, clock.wallTime() + hour);
    });
  });
  afterEach(async () => {
    for (const { credentials } of used.splice(0)) credentials?.end();
    await sts.close();
  });
  beforeEach(() => (store = new CredentialStore(clock)));
}

describe("the credentials of Bedrock that are written down", () => {
  withTokenService();

  const rows: readonly (readonly [string, Given, string])[] = [
    ["a key before all else", { apiKey: "bedrock-key-1", settings: ownPair }, "Bearer bedrock-key-1"],
    ["an access key", { settings: ownPair }, "signed by AKIDEXAMPLE"],
    ["an access key that holds for a time", { settings: { ...ownPair, aws_session_token: "t-1" } }, "signed by AKIDEXAMPLE with t-1"],
    [
      "an own access key before the environment's key",
      { settings: ownPair, environment: { AWS_BEARER_TOKEN_BEDROCK: "env-key" } },
      "signed by AKIDEXAMPLE",
    ],
    ["the environment's key", { environment: { AWS_BEARER_TOKEN_BEDROCK: " env-key\n" } }, "Bearer env-key"],
    [
      "the environment's access key",
      { environment: { AWS_ACCESS_KEY_ID: "AKIDENV", AWS_SECRET_ACCESS_KEY: "s", AWS_SESSION_TOKEN: "t-2" } },
      "signed by AKIDENV with t-2",
    ],
    [
      "an own access key without the environment's token",
      { settings: ownPair, environment: { AWS_ACCESS_KEY_ID: "AKIDENV", AWS_SECRET_ACCESS_KEY: "s", AWS_SESSION_TOKEN: "t-2" } },
      "signed by AKIDEXAMPLE",
    ],
    ["a header of one's own", { settings: ownPair, extraHeaders: { Authorization: "Custom x" } }, "Custom x"],
  ];
  for (const [what, how, expected] of rows) {
    it(`takes ${what}`, async () => {
      const { adapter, failure } = await begun(how);
      assert.equal(failure, undefined);
      assert.equal(proofOf(adapter), expected);
      assert.equal(sts.heard.length, 0);
    });
  }

  it("says what is missing or of no use, and shows no secret", () => {
    assert.match(problems({ settings: { aws_access_key_id: "AKIDEXAMPLE" } }), /aws_secret_access_key.*is missing/);
    assert.match(problems({ settings: { aws_secret_access_key: "my-secret-1" } }), /aws_access_key_id.*is missing/);
    assert.doesNotMatch(problems({ settings: { aws_secret_access_key: "my-secret-1" } }), /my-secret/);
    assert.match(problems({ settings: { aws_web_identity_token: "x" } }), /is of no use without aws_role_name/);
    assert.match(problems({ settings: { aws_web_identity_token: "oidc/google/x", aws_role_name: role } }), /known are oidc\/file\/PATH/);
    assert.match(problems({ settings: { aws_web_identity_token: "oidc/env/NONE", aws_role_name: role } }), /NONE, which is not set/);
    assert.match(problems({ settings: { ...ownPair, aws_role_name: role, aws_sts_endpoint: "evil" } }), /aws_sts_endpoint.*is not a URL/);
    assert.match(problems({ mayUse: false }), /api_key.*is missing: set it here/);
    assert.match(problems({ mayUse: false, settings: { aws_role_name: role } }), /credentials that may take the role/);
  });
});

describe("the credentials of Bedrock that are fetched", () => {
  withTokenService();

  it("takes a role with an access key, by a signed request", async () => {
    const settings = byRole({ aws_session_name: "night", aws_external_id: "e-1" });
    const { adapter, failure } = await begun({ settings });
    assert.equal(failure, undefined);
    assert.equal(proofOf(adapter), "signed by ASIAROLE1 with role/token-1==0123456789");
    assert.deepEqual(asked(), {
      Action: "AssumeRole",
      Version: "2011-06-15",
      DurationSeconds: "3600",
      RoleArn: role,
      RoleSessionName: "night",
      ExternalId: "e-1",
    });
    const [request] = sts.heard;
    assert.ok(request !== undefined);
    const known = { region: "us-east-1", service: "sts", keys: [exampleKeys], wallTime: () => clock.wallTime() };
    assert.equal(await faultOf(request, sts.origin, known), undefined);
  });

  it("takes a role with a token, from the text, a file or a variable, unsigned", async () => {
    const path = tokenFile("token", "from.a.file\n");
    const rows: readonly (readonly [string, string, Readonly<Record<string, string>>])[] = [
      ["aaa.bbb.ccc", "aaa.bbb.ccc", {}],
      [path, "from.a.file", {}],
      [`oidc/file/${path}`, "from.a.file", {}],
      ["oidc/env/ID_TOKEN", "from.a.variable", { ID_TOKEN: "from.a.variable" }],
      ["oidc/env_path/ID_TOKEN_FILE", "from.a.file", { ID_TOKEN_FILE: path }],
      ["ID_TOKEN", "from.a.variable", { ID_TOKEN: "from.a.variable" }],
    ];
    for (const [written, sent, environment] of rows) {
      const settings = { aws_role_name: role, aws_web_identity_token: written, aws_sts_endpoint: sts.origin };
      // oxlint-disable-next-line no-await-in-loop
      const { adapter, failure } = await begun({ settings, environment });
      assert.equal(failure, undefined);
      assert.match(proofOf(adapter), /^signed by ASIAROLE/);
      assert.deepEqual(asked(), {
        Action: "AssumeRoleWithWebIdentity",
        Version: "2011-06-15",
        DurationSeconds: "3600",
        RoleArn: role,
        RoleSessionName: "huntgroup",
        WebIdentityToken: sent,
      });
      assert.equal(sts.heard.at(-1)?.headers.authorization, undefined);
    }
  });

  it("takes a role that the environment names", async () => {
    const environment = {
      AWS_ROLE_NAME: role,
      AWS_ACCESS_KEY_ID: "AKIDENV",
      AWS_SECRET_ACCESS_KEY: "s",
      AWS_STS_ENDPOINT: sts.origin,
      AWS_SESSION_NAME: "env-session",
    };
    const { adapter } = await begun({ environment });
    assert.match(proofOf(adapter), /^signed by ASIAROLE1/);
    assert.equal(asked()["RoleSessionName"], "env-session");
    assert.match(String(sts.heard[0]?.headers.authorization), /Credential=AKIDENV\//);
  });

  it("takes a pod's own role by the pod's token, and another one by AWS's chain", async () => {
    const environment = { AWS_ROLE_ARN: role, AWS_WEB_IDENTITY_TOKEN_FILE: tokenFile("pod", "of.the.pod") };
    const settings = { aws_role_name: role, aws_sts_endpoint: sts.origin };
    const { adapter } = await begun({ settings, environment });
    assert.match(proofOf(adapter), /^signed by ASIAROLE1/);
    assert.deepEqual([asked()["Action"], asked()["WebIdentityToken"]], ["AssumeRoleWithWebIdentity", "of.the.pod"]);
    await begun({ settings: { ...settings, ...ownPair }, environment });
    assert.equal(asked()["Action"], "AssumeRole");
  });

  it("sends the tags of a role's session", async () => {
    await begun({ settings: byRole({ aws_session_tags: [{ Key: "team", Value: "blue" }, "none"] }) });
    assert.deepEqual(
      [asked()["Tags.member.1.Key"], asked()["Tags.member.1.Value"], asked()["Tags.member.2.Key"]],
      ["team", "blue", undefined],
    );
  });

  it("renews a role's keys ahead of their end with the file's new token, and nobody waits meanwhile", async () => {
    const path = tokenFile("changing", "one");
    const settings = { aws_role_name: role, aws_web_identity_token: path, aws_sts_endpoint: sts.origin };
    const { adapter } = await begun({ settings });
    writeFileSync(path, "two");
    clock.advance(hour - 5 * 60_000 - 1);
    assert.match(proofOf(adapter), /^signed by ASIAROLE1/);
    clock.advance(1);
    assert.match(proofOf(adapter), /^signed by ASIAROLE1/);
    await eventually(async () => assert.match(proofOf(adapter), /^signed by ASIAROLE2/));
    assert.equal(asked()["WebIdentityToken"], "two");
  });

  it("asks once for 500 deployments with the same role, and apart for others", async () => {
    const all = await Promise.all(Array.from({ length: 500 }, () => begun({ settings: byRole() })));
    assert.equal(sts.heard.length, 1);
    assert.deepEqual(new Set(all.map(({ adapter }) => proofOf(adapter))).size, 1);
    await begun({ settings: byRole({ aws_session_name: "other" }) });
    await begun({ settings: byRole({ aws_secret_access_key: "other-secret" }) });
    assert.equal(sts.heard.length, 3);
  });

  it("fetches keys once anew where AWS says that their time is over", async () => {
    const { adapter } = await begun({ settings: byRole() });
    proofOf(adapter);
    const body = Buffer.from('{"message":"The security token included in the request is expired"}');
    for (let count = 0; count < 5; count++) {
      const error = adapter.decodeError(403, { "x-amzn-errortype": "ExpiredTokenException" }, body);
      assert.equal(error.code, "upstream_auth");
    }
    clock.advance(0);
    await eventually(async () => assert.match(proofOf(adapter), /^signed by ASIAROLE2/));
    assert.equal(sts.heard.length, 2);
  });

  it("says why there are no keys, without a secret, and asks again", async () => {
    refusal = stsRefusal(
      "AccessDenied",
      `User: AKIDEXAMPLE is not authorized to perform: sts:AssumeRole with ${exampleKeys.secretAccessKey} &amp; more`,
    );
    const { adapter, failure } = await begun({ settings: byRole() });
    assert.ok(failure instanceof RouterError);
    assert.equal(failure.code, "upstream_auth");
    assert.match(
      failure.message,
      /^Could not get the credentials of the role arn:aws:iam::123456789012:role\/callers: .* answered 403 AccessDenied: User: /,
    );
    assert.doesNotMatch(failure.message, /AKIDEXAMPLE|wJalrXUtnFEMI/);
    assert.equal(adapter.encode(chatCall({}), "a.b"), failure);
    refusal = undefined;
    clock.advance(1_000);
    await eventually(async () => assert.match(proofOf(adapter), /^signed by ASIAROLE1/));
  });

  it("tells an answer that is none, and a host that is not there", async () => {
    refusal = { status: 200, type: "text/html", body: "<html>Sign in</html>" };
    const page = await begun({ settings: byRole() });
    assert.match(page.failure?.message ?? "", /answered without keys$/);
    refusal = { status: 503, body: "x".repeat(200_000) };
    const long = await begun({ settings: byRole({ aws_session_name: "2" }) });
    assert.match(long.failure?.message ?? "", /its answer is too long$/);
    assert.equal(long.failure?.code, "upstream_unreachable");
    await sts.close();
    const gone = await begun({ settings: byRole({ aws_session_name: "3" }) });
    assert.equal(gone.failure?.code, "upstream_unreachable");
  });

  it("takes a profile of AWS's files through AWS's own library", async () => {
    const path = tokenFile("credentials", "[team]\naws_access_key_id = AKIDPROFILE\naws_secret_access_key = s\n");
    process.env["AWS_SHARED_CREDENTIALS_FILE"] = path;
    try {
      const { adapter, failure } = await begun({ settings: { aws_profile_name: "team" } });
      assert.equal(failure, undefined);
      assert.equal(proofOf(adapter), "signed by AKIDPROFILE");
      const missing = await begun({ settings: { aws_profile_name: "nobody" } });
      assert.match(missing.failure?.message ?? "", /^Could not get the credentials of the AWS profile nobody: /);
      const ofRole = await begun({ settings: { aws_profile_name: "team", aws_role_name: role, aws_sts_endpoint: sts.origin } });
      assert.match(proofOf(ofRole.adapter), /^signed by ASIAROLE1/);
      assert.match(String(sts.heard[0]?.headers.authorization), /Credential=AKIDPROFILE\//);
    } finally {
      delete process.env["AWS_SHARED_CREDENTIALS_FILE"];
    }
  });

  it("takes what AWS's chain finds on the machine", async () => {
    const container = await listenAsAws(() => ({
      status: 200,
      body: JSON.stringify({
        AccessKeyId: "ASIACONTAINER",
        SecretAccessKey: "s",
        Token: "c-1",
        Expiration: new Date(clock.wallTime() + hour).toISOString(),
      }),
    }));
    const names = ["AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"] as const;
    process.env[names[0]] = `${container.origin}/keys`;
    process.env[names[1]] = "/nowhere/credentials";
    process.env[names[2]] = "/nowhere/config";
    try {
      const { adapter, failure } = await begun({});
      assert.equal(failure, undefined);
      assert.equal(proofOf(adapter), "signed by ASIACONTAINER with c-1");
      assert.equal(container.heard[0]?.path, "/keys");
    } finally {
      for (const name of names) delete process.env[name];
      await container.close();
    }
  });
});
