import assert from "node:assert/strict";
import { resolve } from "node:path";
import { test } from "node:test";
import { digestOfTexts } from "../../../src/config/tree/digest-of.ts";
import type { UpstreamLink } from "../../../src/core/upstream.ts";
import { Authority } from "../../support/certificates.ts";
import { load, loadValid, oneDeployment } from "../support/load.ts";

const authority = new Authority();
const other = new Authority("Other");
const client = authority.issue({ name: "router" });
const files = {
  "ca.pem": authority.cert,
  "other.pem": other.cert,
  "client.pem": client.cert + client.key,
  "half.pem": client.cert,
  "text.pem": "no certificate",
};

interface Case {
  readonly title: string;
  readonly params?: readonly string[];
  readonly rest?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly link: Partial<UpstreamLink> | undefined;
  readonly warns?: RegExp;
}

const inEnv = (name: string): string => resolve(name);
const cases: readonly Case[] = [
  { title: "nothing said", link: undefined },
  { title: "ssl_verify: true", params: ["ssl_verify: true"], link: undefined },
  { title: "ssl_verify: false", params: ["ssl_verify: false"], link: { verify: false }, warns: /whoever is on the way/ },
  { title: 'ssl_verify: "False"', params: ['ssl_verify: "False"'], link: { verify: false }, warns: /whoever is on the way/ },
  { title: "a bundle", params: ["ssl_verify: ca.pem"], link: { verify: true, ca: authority.cert } },
  { title: "a bundle by a variable", params: ["ssl_verify: os.environ/CA"], env: { CA: "ca.pem" }, link: { ca: authority.cert } },
  { title: "a bundle that is not there", params: ["ssl_verify: gone.pem"], link: undefined, warns: /cannot be read, so the usual/ },
  { title: "a bundle that is none", params: ["ssl_verify: text.pem"], link: undefined, warns: /holds no PEM certificate/ },
  { title: "a certificate", params: ["ssl_certificate: client.pem"], link: { verify: true, certificate: client.cert + client.key } },
  { title: "HTTP/2", params: ["http2: true"], link: { http2: true } },
  {
    title: "litellm_settings",
    rest: "litellm_settings: {ssl_verify: ca.pem, ssl_certificate: client.pem}",
    link: { ca: authority.cert, certificate: client.cert + client.key },
  },
  {
    title: "litellm_settings false",
    rest: "litellm_settings: {ssl_verify: false}",
    link: { verify: false },
    warns: /whoever is on the way/,
  },
  {
    title: "a deployment before litellm_settings",
    params: ["ssl_verify: other.pem"],
    rest: "litellm_settings: {ssl_verify: ca.pem}",
    link: { ca: other.cert },
  },
  {
    title: "a deployment's true before litellm_settings",
    params: ["ssl_verify: true"],
    rest: "litellm_settings: {ssl_verify: ca.pem}",
    link: undefined,
  },
  {
    title: "a wrong section",
    rest: "general_settings: {ssl_verify: ca.pem}",
    link: { ca: authority.cert },
    warns: /belongs under litellm_settings/,
  },
  {
    title: "default_litellm_params",
    rest: "router_settings: {default_litellm_params: {ssl_verify: ca.pem}}",
    link: { ca: authority.cert },
  },
  {
    title: "a credential",
    params: ["litellm_credential_name: c"],
    rest: "credential_list: [{credential_name: c, credential_values: {ssl_certificate: client.pem}}]",
    link: { certificate: client.cert + client.key },
  },
  { title: "SSL_CERT_FILE", env: { SSL_CERT_FILE: inEnv("ca.pem") }, link: { ca: authority.cert } },
  {
    title: "SSL_CERT_FILE that is not there",
    env: { SSL_CERT_FILE: "/gone.pem" },
    link: undefined,
    warns: /cannot be read, and is ignored/,
  },
  {
    title: "SSL_VERIFY before litellm_settings",
    env: { SSL_VERIFY: "False" },
    rest: "litellm_settings: {ssl_verify: ca.pem}",
    link: { verify: false },
  },
  {
    title: "SSL_VERIFY as a path",
    env: { SSL_VERIFY: inEnv("other.pem") },
    rest: "litellm_settings: {ssl_verify: ca.pem}",
    link: { ca: other.cert },
  },
  { title: "SSL_CERTIFICATE", env: { SSL_CERTIFICATE: inEnv("client.pem") }, link: { certificate: client.cert + client.key } },
  { title: "a deployment before SSL_VERIFY", params: ["ssl_verify: ca.pem"], env: { SSL_VERIFY: "False" }, link: { ca: authority.cert } },
];

for (const { title, params = [], rest = "", env = {}, link, warns } of cases) {
  test(`how a deployment is reached, by ${title}`, async () => {
    const result = await load({ "config.yaml": `${oneDeployment(...params)}${rest}\n`, ...files }, { env });
    assert.deepEqual(result.problems, []);
    const found = result.config?.source.deployments[0]?.link;
    if (link === undefined) assert.equal(found, undefined);
    else for (const [name, value] of Object.entries(link)) assert.equal(found?.[name as keyof UpstreamLink], value);
    const messages = result.warnings.map(({ message }) => message);
    if (warns === undefined) assert.deepEqual(messages, []);
    else
      assert.ok(
        messages.some((message) => warns.test(message)),
        messages.join("\n"),
      );
  });
}

const refused: readonly (readonly [what: string, param: string, message: RegExp])[] = [
  ["is not there", "ssl_certificate: gone.pem", /gone\.pem cannot be read/],
  ["holds no certificate", "ssl_certificate: text.pem", /holds no PEM certificate/],
  ["holds no key", "ssl_certificate: half.pem", /holds no private key/],
];
for (const [what, param, message] of refused) {
  test(`a client certificate whose file ${what} leaves the deployment out`, async () => {
    const { problems } = await load({ "config.yaml": oneDeployment(param), ...files });
    assert.equal(problems.length, 1);
    assert.match(problems[0]?.message ?? "", message);
  });
}

test("deployments of the same settings share a link, and its files are watched", async () => {
  const list = ["a", "b"].map((name) => `{model_name: ${name}, litellm_params: {model: openai/x, ssl_verify: ca.pem}}`).join(", ");
  const text = `model_list: [${list}]\n`;
  const { config, wanted, digest } = await load({ "config.yaml": text, ...files });
  const [one, two] = config?.source.deployments ?? [];
  assert.notEqual(one?.link, undefined);
  assert.equal(one?.link, two?.link);
  assert.deepEqual(wanted, ["config.yaml", resolve("ca.pem")]);
  // What the watcher makes of the files: where it differs, it would read them again and again.
  const contents = new Map(wanted.map((path) => [path, path === "config.yaml" ? text : authority.cert]));
  assert.equal(digest, digestOfTexts(contents));
  const renewed = await loadValid({ "config.yaml": `model_list: [${list}]\n`, ...files, "ca.pem": other.cert });
  assert.notEqual(renewed.content.digest, config?.content.digest);
  assert.notEqual(renewed.source.deployments[0]?.link?.key, one?.link?.key);
});

for (const setting of ["ssl_verify", "ssl_certificate"]) {
  test(`an operator's entry names no file of its own by ${setting}`, async () => {
    const entry = { model_name: "b", litellm_params: { model: "openai/y", [setting]: "/etc/shadow" } };
    const options = { overlay: [{ kind: "entry", id: "b", entry, place: "AddDeployment" }] as const };
    const read: string[] = [];
    const text = oneDeployment();
    const { problems } = await load(text, {
      ...options,
      readFile: async (path) => {
        read.push(path);
        return text;
      },
    });
    assert.match(problems[0]?.message ?? "", /only they may/);
    assert.deepEqual(read, ["config.yaml"]);
  });
}
