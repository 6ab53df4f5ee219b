import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdtempSync, readFileSync, statSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, matchesGlob } from "node:path";
import { it, test } from "node:test";
import { parse } from "yaml";
import { startService } from "../support/start-service.ts";
import { knownVariables } from "./support/known-variables.ts";
import { loadConfigFile } from "./support/load-config-file.ts";
import { describeWithTools, root, runTool } from "./support/tool.ts";

/**
 * No engine runs here, so the image is not built: its instructions are linted, and held to what they speak of. What the stages do was
 * done by hand, in folders: `npm ci`, the build, the pruning, and the program run from the copied files by an unprivileged user.
 */
const folder = join(root, "deploy/docker");
const dockerfile = readFileSync(join(folder, "Dockerfile"), "utf8");
const ignored = readFileSync(join(root, ".dockerignore"), "utf8")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"));

interface Manifest {
  readonly files: readonly string[];
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly engines: Readonly<Record<string, string>>;
}

const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Manifest;

function instructions(name: string): readonly string[] {
  return [...dockerfile.matchAll(new RegExp(`^${name} (.*)$`, "gm"))].map(([, rest = ""]) => rest);
}

/** Whether Docker would leave a file out: the last pattern that fits it, or a folder above it, decides. */
function isIgnored(path: string): boolean {
  const parts = path.split("/");
  const above = parts.map((_, index) => parts.slice(0, index + 1).join("/"));
  let result = false;
  for (const line of ignored) {
    const pattern = line.replace(/^!/, "");
    if (above.some((one) => matchesGlob(one, pattern))) result = !line.startsWith("!");
  }
  return result;
}

test("the image runs on the Node that the tests run on", () => {
  const images = instructions("FROM").map((line) => line.split(" ")[0]);
  assert.equal(images.length, 2);
  for (const image of images) assert.equal(image, `node:${manifest.devDependencies["node"]}-bookworm-slim`);
});

test("the image holds what the package holds", () => {
  const copied = instructions("COPY")
    .filter((line) => line.startsWith("--from=build "))
    .flatMap((line) => line.split(" ").slice(1, -1))
    .map((path) => path.replace("/build/", ""));
  assert.deepEqual(copied.toSorted(), [...manifest.files, "package.json", "node_modules"].toSorted());
});

test("whatever the build reads is sent to it", () => {
  const read = [
    "package.json",
    "package-lock.json",
    ".npmrc",
    "tsconfig.json",
    "tsconfig.build.json",
    "src/main.ts",
    "gen/huntgroup/v1/chat_pb.ts",
  ];
  for (const path of [
    ...read,
    "docs/config.schema.json",
    "examples/quickstart.yaml",
    "proto/huntgroup/v1/chat.proto",
    "deploy/docker/healthcheck.ts",
  ]) {
    assert.ok(existsSync(join(root, path)), path);
    assert.ok(!isIgnored(path), path);
  }
});

test("what has no business in an image is not", () => {
  for (const path of [
    "node_modules/yaml/package.json",
    ".git/config",
    ".interop/bin/helm",
    "test/cli/main.test.ts",
    "deploy/docker/.env",
    "config.yaml.state.json",
  ])
    assert.ok(isIgnored(path), path);
});

test("the program is the first process, gets signals itself, and is an ordinary user", () => {
  assert.deepEqual(instructions("ENTRYPOINT"), ['["node", "/app/dist/src/main.js"]']);
  assert.deepEqual(instructions("CMD"), ['["serve"]']);
  assert.deepEqual(instructions("USER"), ["1000:1000"]);
});

test("the image sets only variables that the program reads", () => {
  for (const line of instructions("ENV")) for (const one of line.split(" ")) assert.ok(knownVariables.has(one.split("=")[0] ?? ""), one);
});

/** Runs the image's health check against a port of this machine. */
async function healthcheck(env: Readonly<Record<string, string>>): Promise<{ code: number | null; out: string }> {
  const child = spawn(process.execPath, [join(folder, "healthcheck.ts")], { env: { PATH: process.env["PATH"], ...env } });
  let out = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, out };
}

const config = "model_list: [{ model_name: a, litellm_params: { model: mock/a } }]\ngeneral_settings: { master_key: key-of-this-test }";

test("the health check is content with a server that is ready, key or not", async () => {
  const service = await startService(config);
  const found = await healthcheck({ HUNTGROUP_PORT: String(service.port) });
  await service.stop();
  assert.deepEqual(found, { code: 0, out: "readiness answers 200\n" });
});

test("the health check reaches a server that speaks TLS, whatever name its certificate is for", async () => {
  const [cert = "", key = ""] = ["cert.pem", "key.pem"].map((name) => readFileSync(join(root, "test/fixtures/tls", name), "utf8"));
  const service = await startService(config, { tls: { cert, key } });
  const found = await healthcheck({ HUNTGROUP_PORT: String(service.port), HUNTGROUP_TLS_CERT: "given" });
  await service.stop();
  assert.deepEqual(found, { code: 0, out: "readiness answers 200\n" });
});

test("the health check is not content with a server that drains, nor with none", async () => {
  const server = createServer((_, response) => response.writeHead(503).end()).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  assert.deepEqual(await healthcheck({ HUNTGROUP_PORT: String(port) }), { code: 1, out: "readiness answers 503\n" });
  server.close();
  await once(server, "close");
  const { code, out } = await healthcheck({ HUNTGROUP_PORT: String(port) });
  assert.equal(code, 1);
  assert.match(out, /ECONNREFUSED/);
});

interface Service {
  readonly image: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes: readonly string[];
  readonly stop_grace_period?: string;
  readonly secrets?: readonly string[];
}

const compose = parse(readFileSync(join(folder, "compose.yaml"), "utf8")) as {
  readonly services: Readonly<Record<"huntgroup" | "prometheus" | "grafana", Service>>;
  readonly volumes: Readonly<Record<string, null>>;
};
const { huntgroup, prometheus, grafana } = compose.services;

test("compose mounts files that are there and volumes that it declares", () => {
  for (const volume of [huntgroup, prometheus, grafana].flatMap((service) => service.volumes)) {
    const [source = ""] = volume.split(":");
    if (source.startsWith(".")) assert.ok(existsSync(join(folder, source)), source);
    else assert.ok(source in compose.volumes, source);
  }
});

test("compose sets only variables that the program reads, and waits for longer than it drains", () => {
  const environment = huntgroup.environment ?? {};
  for (const name of Object.keys(environment)) assert.ok(knownVariables.has(name), name);
  assert.ok(Number.parseInt(huntgroup.stop_grace_period ?? "", 10) > Number(environment["HUNTGROUP_DRAIN_SECONDS"]));
});

test("compose names the foreign images by their version", () => {
  for (const { image } of [prometheus, grafana]) assert.match(image, /:v?\d+\.\d+\.\d+$/);
});

test("Grafana finds the dashboard and the data source where compose puts them", () => {
  const provider = parse(readFileSync(join(root, "deploy/grafana/provisioning/dashboards/huntgroup.yaml"), "utf8")) as {
    providers: { options: { path: string } }[];
  };
  const path = provider.providers[0]?.options.path ?? "";
  assert.ok(grafana.volumes.includes(`../grafana/huntgroup.json:${path}/huntgroup.json:ro`));
  const sources = parse(readFileSync(join(root, "deploy/grafana/provisioning/datasources/prometheus.yaml"), "utf8")) as {
    datasources: { type: string; url: string }[];
  };
  assert.partialDeepStrictEqual(sources.datasources, [{ type: "prometheus", url: "http://prometheus:9090" }]);
});

test("Prometheus scrapes the service of compose's by the job that the rules ask for", () => {
  const { scrape_configs: scrapes } = parse(readFileSync(join(folder, "prometheus.yaml"), "utf8")) as { scrape_configs: object[] };
  assert.partialDeepStrictEqual(scrapes, [{ job_name: "huntgroup", static_configs: [{ targets: ["huntgroup:8000"] }] }]);
  assert.ok(prometheus.secrets?.includes("master_key"));
});

test("the configuration that compose serves has nothing wrong", async () => {
  const { problems, config: loaded } = await loadConfigFile(join(folder, "config/config.yaml"), {
    HUNTGROUP_MASTER_KEY: "key-of-this-test",
  });
  assert.deepEqual(problems, []);
  assert.equal(loaded?.source.deployments.length, 2);
});

describeWithTools(["promtool"], "promtool, looking at Prometheus' configuration", () => {
  it("takes it", () => {
    const scratch = mkdtempSync(join(tmpdir(), "huntgroup-prometheus-"));
    try {
      cpSync(join(root, "deploy/prometheus/alerts.yaml"), join(scratch, "alerts.yaml"));
      writeFileSync(join(scratch, "key"), "key-of-this-test");
      const text = readFileSync(join(folder, "prometheus.yaml"), "utf8").replace("/run/secrets/master_key", "key");
      writeFileSync(join(scratch, "prometheus.yaml"), text);
      const { code, output } = runTool("promtool", ["check", "config", join(scratch, "prometheus.yaml")]);
      assert.equal(code, 0, output);
    } finally {
      rmSync(scratch, { recursive: true });
    }
  });
});

describeWithTools(["hadolint"], "hadolint, looking at the Dockerfile", () => {
  it("has nothing to say against it", () => {
    assert.deepEqual(runTool("hadolint", ["-"], dockerfile), { code: 0, output: "", stdout: "" });
  });

  it("would say so", () => {
    assert.match(runTool("hadolint", ["-"], dockerfile.replaceAll(/node:\S+/g, "node")).output, /DL3006/);
  });
});

test("compose mounts the configuration's folder, since a mounted file stays the one that it was when an editor puts another in its place", () => {
  const compose = parse(readFileSync(join(folder, "compose.yaml"), "utf8")) as { services: { huntgroup: { volumes: readonly string[] } } };
  const mounts = compose.services.huntgroup.volumes.map((mount) => mount.split(":"));
  assert.deepEqual(
    mounts.find(([, at]) => at === "/etc/huntgroup"),
    ["./config", "/etc/huntgroup", "ro"],
  );
  assert.ok(statSync(join(folder, "config")).isDirectory());
});
