import { Code, ConnectError, createClient, type Interceptor } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { toJsonString } from "@bufbuild/protobuf";
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { inspect } from "node:util";
import { AdminService, DeploymentState } from "../../gen/huntgroup/v1/admin_pb.ts";
import { ChatService } from "../../gen/huntgroup/v1/chat_pb.ts";

import { keyHeaders } from "../../src/auth/credentials.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { createLog } from "../../src/telemetry/log/log.ts";
import { inFolder } from "../control/support/control-fixture.ts";
import { ask } from "../support/http-client.ts";
import { hostError } from "../support/openai-replies.ts";
import { Parties } from "../support/parties.ts";

/** Nothing that the program says to anybody holds a secret, whoever asks, and however things go wrong. */
const secrets = {
  masterKey: "sk-planted-master-Zk4vQ",
  literalKey: "planted literal of the provider/7Rb",
  environmentKey: "planted-by-environment-3Wc",
  headerSecret: "planted-in-a-header-9Tf",
  credential: "planted-in-the-credentials-5Hj",
  clientKey: "planted-client-key-2Lm",
  basePassword: "planted-password-of-a-base-8Np",
  baseQuery: "planted-query-of-a-base-6Qs",
  addedLiteral: "sk-planted-by-an-operator-4Xd",
  wrongKey: "sk-planted-wrong-key-1Yg",
} as const;
const clientDigest = createHash("sha256").update(secrets.clientKey).digest("hex");

/** Whatever was said, by where. */
class Heard {
  readonly #texts: { readonly where: string; readonly text: string }[] = [];

  add(where: string, said: unknown): void {
    this.#texts.push({ where, text: typeof said === "string" ? said : inspect(said, { depth: 8 }) });
  }

  get places(): readonly string[] {
    return this.#texts.map(({ where }) => where);
  }

  /** Where any of these occurs, as it is or written in another way. */
  leaks(named: Readonly<Record<string, string>>): readonly string[] {
    return Object.entries(named).flatMap(([name, secret]) => {
      const forms = [secret, encodeURIComponent(secret), Buffer.from(secret).toString("base64").replace(/=+$/, "").slice(0, -1)];
      return this.#texts
        .filter(({ text }) => forms.some((form) => text.includes(form)))
        .map(({ where, text }) => `${name} in ${where}: ${text.slice(0, 400)}`);
    });
  }
}

/** @param at Where the provider is, with its scheme. */
function fileFor(at: string): string {
  const base = `${at}/v1`;
  const entry = (id: string, params: object) => ({
    model_name: id,
    litellm_params: { model: "openai/gpt-4o-mini", api_base: base, ...params },
    model_info: { id },
  });
  return JSON.stringify({
    model_list: [
      entry("literal", { api_key: secrets.literalKey }),
      entry("environment", { api_key: "os.environ/PLANTED_KEY" }),
      entry("header", { api_key: "none", extra_headers: { "x-gate": secrets.headerSecret } }),
      entry("credential", { litellm_credential_name: "shared" }),
      entry("base", { api_key: "none", api_base: `${base}?key=${secrets.baseQuery}` }),
      { model_name: "mock", litellm_params: { model: "mock/m", mock: { first_token_ms: 0 } }, model_info: { id: "mock" } },
    ],
    credential_list: [{ credential_name: "shared", credential_values: { api_key: secrets.credential } }],
    keys: [{ name: "client", sha256: clientDigest }],
    router_settings: { num_retries: 0, allowed_fails: 1_000, fallbacks: [{ literal: ["environment"] }] },
    general_settings: { master_key: secrets.masterKey },
  });
}
const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
const inEveryHeader = (key: string) => Object.fromEntries(["authorization", ...keyHeaders].map((name) => [name, key]));
/** Whatever it comes to, as long as it is an answer. */
const quietly = async (call: () => Promise<unknown>) => {
  await call().catch((error: unknown) => assert.ok(error instanceof ConnectError, String(error)));
};
const models = ["literal", "environment", "header", "credential", "base", "mock", "nobody"];

test("no answer, log, metric or file holds a secret of the configuration, of a caller or of a key that was made", async () => {
  await inFolder(async (folder) => {
    await using parties = new PartiesOfATest();
    const heard = new Heard();
    const host = await parties.host();
    const stateFile = join(folder, "state.json");
    const consoleFolder = join(folder, "console");
    mkdirSync(consoleFolder);
    writeFileSync(join(consoleFolder, "index.html"), "<!doctype html><title>console</title>");
    const yaml = fileFor(host.origin);
    let log = "";
    const service = await parties.service(yaml, {
      env: { PLANTED_KEY: secrets.environmentKey },
      stateFile,
      consoleFolder,
      openLog: ({ secrets: known }) =>
        createLog({ level: "debug", secrets: known, clock: systemClock, output: { write: (line) => void (log += line) } }),
    });

    // A provider that tells everybody what it was sent.
    const echo = (status: number) =>
      host.always((hit) => {
        const sent = [hit.headers.authorization, hit.headers["x-gate"], hit.headers["x-api-key"], hit.query.get("key")].join(" and ");
        return hostError(
          status,
          { message: `I was shown ${sent}, by ${JSON.stringify(hit.headers)}.`, code: sent },
          { "x-request-id": sent },
        );
      });

    // REST, good and bad.
    const rest = async (path: string, headers: Readonly<Record<string, string>>, body?: object | string) => {
      const text = typeof body === "object" ? JSON.stringify(body) : body;
      const question = { path, headers: { "content-type": "application/json", "x-huntgroup-debug": "true", ...headers } };
      for (const version of ["http1", "http2"] as const) {
        const answer = await ask(service.port, version, { ...question, ...(text !== undefined && { method: "POST", body: text }) });
        heard.add(`${path} ${answer.status} by ${version}`, answer.text);
        heard.add(`the head of ${path} by ${version}`, answer.headers);
      }
    };
    const messages = [{ role: "user", content: "hi" }];
    const callers = [bearer(secrets.masterKey), bearer(secrets.clientKey)];
    const strangers = [{}, bearer(secrets.wrongKey), inEveryHeader(secrets.wrongKey), { authorization: secrets.wrongKey }];
    const chats = async () => {
      for (const model of models) {
        for (const headers of callers) {
          for (const stream of [false, true]) await rest("/v1/chat/completions", headers, { model, stream, messages });
        }
        await rest("/v1/embeddings", bearer(secrets.masterKey), { model, input: "hi" });
        await rest("/v1/completions", bearer(secrets.masterKey), { model, prompt: "hi" });
      }
    };
    const pages = ["/model/info", "/v1/model/info", "/model_group/info", "/router/settings", "/health", "/metrics", "/v1/models"];
    const look = async () => {
      for (const headers of [...callers, ...strangers]) for (const path of pages) await rest(path, headers);
      for (const path of ["/", "/console", "/console/", "/health/readiness", "/health/liveliness", "/nowhere"]) await rest(path, {});
    };

    // gRPC and Connect, with everything that comes back: messages, heads, trailers, errors.
    const listening: Interceptor = (next) => async (request) => {
      const where = `${request.method.name} by ${request.header.get("x-door")}`;
      const answer = await next(request).catch((error: unknown) => {
        const failure = ConnectError.from(error);
        heard.add(`${where}: ${Code[failure.code]}`, [failure.message, failure.details, [...failure.metadata]]);
        throw error;
      });
      heard.add(`the head of ${where}`, [...answer.header]);
      if (!answer.stream) heard.add(`the trailer of ${where}`, [...answer.trailer]);
      if (!answer.stream && !["CreateKey", "RotateKey"].includes(request.method.name)) {
        heard.add(where, toJsonString(request.method.output, answer.message));
      }
      return answer;
    };
    const doors = {
      Connect: createConnectTransport({ baseUrl: service.origin, httpVersion: "1.1", interceptors: [listening] }),
      gRPC: createGrpcTransport({ baseUrl: service.origin, interceptors: [listening] }),
    };
    const content = { kind: { case: "stringValue" as const, value: "hi" } };
    const rpcs = async () => {
      for (const [door, transport] of Object.entries(doors)) {
        const chat = createClient(ChatService, transport);
        for (const headers of [...callers, ...strangers]) {
          const options = { headers: { ...headers, "x-door": door, "x-huntgroup-debug": "true" } };
          for (const model of models) {
            await quietly(() => chat.chatCompletion({ model, messages: [{ role: "user", content }] }, options));
            await quietly(async () => {
              const stream = chat.chatCompletionStream({ model, messages: [{ role: "user", content }] }, options);
              for await (const chunk of stream) heard.add(`a stream by ${door}`, chunk);
            });
          }
        }
      }
    };

    const made: Record<string, string> = {};
    const operate = async (door: keyof typeof doors) => {
      const admin = createClient(AdminService, doors[door]);
      const options = { headers: { ...bearer(secrets.masterKey), "x-door": door } };
      const name = `made-by-${door}`;
      const id = `added-by-${door}`;
      const entry = (key: string) => ({
        model_name: id,
        litellm_params: { model: "openai/gpt-4o-mini", api_base: `${host.origin}/v1`, api_key: key },
        model_info: { id },
      });
      await admin.listDeployments({}, options);
      for (const { id: deploymentId } of (await admin.listDeployments({}, options)).deployments)
        await admin.getDeployment({ deploymentId }, options);
      for (const model of models) await quietly(() => admin.explainRoute({ model, key: "client" }, options));
      await quietly(() => admin.explainRoute({ model: "mock", key: secrets.clientKey }, options));
      await quietly(() => admin.revokeKey({ name: secrets.clientKey }, options));
      await quietly(() => admin.rotateKey({ name: secrets.clientKey }, options));
      await admin.setWeights({ weights: { literal: 2 } }, options);
      await admin.setDeploymentState({ deploymentId: "header", state: DeploymentState.DRAINING }, options);
      await admin.setDeploymentState({ deploymentId: "header", state: DeploymentState.ACTIVE }, options);
      await admin.resetCooldown({ deploymentId: "literal" }, options);
      await assert.rejects(admin.addDeployment({ entry: entry(secrets.addedLiteral) }, options), ConnectError);
      await admin.addDeployment({ entry: entry("os.environ/PLANTED_KEY") }, options);
      await assert.rejects(admin.updateDeployment({ deploymentId: id, entry: entry(secrets.addedLiteral) }, options), ConnectError);
      await admin.updateDeployment({ deploymentId: id, entry: entry("os.environ/PLANTED_KEY") }, options);
      await rest("/v1/chat/completions", bearer(secrets.masterKey), { model: id, messages });
      await admin.setRoutingStrategy({ group: "literal", strategy: "least-busy" }, options);
      await admin.setAlias({ alias: `alias-${door}`, targets: ["literal"] }, options);
      made[`${name}, at first`] = (await admin.createKey({ spec: { name, metadata: { team: "a" } } }, options)).secret;
      await rest("/v1/chat/completions", bearer(made[`${name}, at first`] ?? ""), { model: "mock", messages });
      await rest("/v1/chat/completions", bearer(made[`${name}, at first`] ?? ""), { model: "literal", messages });
      made[`${name}, rotated`] = (await admin.rotateKey({ name, overlap: { seconds: 60n, nanos: 0 } }, options)).secret;
      await rest("/v1/chat/completions", bearer(made[`${name}, rotated`] ?? ""), { model: "mock", messages });
      await admin.listKeys({}, options);
      await admin.revokeKey({ name }, options);
      await rest("/v1/chat/completions", bearer(made[`${name}, rotated`] ?? ""), { model: "mock", messages });
      await admin.reloadConfig({ dryRun: true }, options);
      await service.rewrite(yaml.replace('"num_retries"', '"num_retires"').replace('"allowed_fails":1000', '"allowed_fails":"planted"'));
      await quietly(() => admin.reloadConfig({}, options));
      // Credentials in a base are refused, wherever they come from.
      await service.rewrite(yaml.replaceAll("http://", `http://user:${secrets.basePassword}@`));
      await quietly(() => admin.reloadConfig({}, options));
      const inBase = entry("os.environ/PLANTED_KEY");
      inBase.litellm_params.api_base = inBase.litellm_params.api_base.replace("://", `://user:${secrets.basePassword}@`);
      await assert.rejects(admin.addDeployment({ entry: inBase }, options), ConnectError);
      await service.rewrite(yaml.slice(0, -2));
      await quietly(() => admin.reloadConfig({}, options));
      await service.rewrite(yaml.replaceAll(secrets.literalKey, `${secrets.literalKey}, another`));
      await admin.reloadConfig({ dryRun: true }, options);
      await admin.reloadConfig({}, options);
      await service.rewrite(yaml);
      await admin.reloadConfig({}, options);
      await admin.getConfig({}, options);
      await admin.getStats({}, options);
      await admin.listCalls({}, options);
      await admin.listStrategies({}, options);
      await admin.getUsage({ byKey: true, byModel: true }, options);
      await admin.listChanges({}, options);
      for await (const seen of admin.watchDeployments({}, options)) {
        heard.add(`WatchDeployments by ${door}`, seen);
        break;
      }
      await admin.removeDeployment({ deploymentId: id }, options);
      await admin.listChanges({}, options);
      for (const stranger of strangers) await quietly(() => admin.getConfig({}, { headers: { ...stranger, "x-door": door } }));
      await quietly(() => admin.getConfig({}, { headers: { ...bearer(secrets.clientKey), "x-door": door } }));
    };

    await chats();
    for (const status of [401, 400, 500]) {
      echo(status);
      await chats();
    }
    await rpcs();
    await look();
    for (const stranger of strangers) await rest("/v1/chat/completions", stranger, { model: "mock", messages });
    await rest("/v1/chat/completions", bearer(secrets.masterKey), `{"model": "mock", "key": "${secrets.wrongKey}`);
    await operate("Connect");
    await operate("gRPC");
    await look();
    heard.add("the state file", readFileSync(stateFile, "utf8"));
    heard.add("the log", log);

    // Every place was looked into, and what was planted was in use.
    assert.deepEqual(Object.keys(made).length, 4);
    const shown = JSON.stringify(host.hits.map(({ headers, query }) => [headers, query.get("key")]));
    for (const name of ["literalKey", "environmentKey", "headerSecret", "credential", "baseQuery"] as const) {
      assert.ok(shown.includes(secrets[name]), `${name} was never sent`);
    }
    assert.ok(heard.places.some((where) => where.includes("/metrics 200")));
    for (const { name } of AdminService.methods)
      assert.ok(
        heard.places.some((where) => where.includes(name)),
        name,
      );
    for (const kind of ["access", "audit", "refused", "reload"]) assert.ok(log.includes(`"kind":"${kind}"`), kind);
    const leaks = heard.leaks({ ...secrets, ...made, clientDigest });
    assert.deepEqual(leaks, []);
  });
});

class PartiesOfATest extends Parties {
  [Symbol.asyncDispose](): Promise<void> {
    return this.end();
  }
}
