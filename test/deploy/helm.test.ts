import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, it, test } from "node:test";
import { parse, parseAllDocuments } from "yaml";
import { knownVariables } from "./support/known-variables.ts";
import { loadConfigFile } from "./support/load-config-file.ts";
import { describeWithTools, root, runTool, type ToolRun } from "./support/tool.ts";

const chart = join(root, "deploy/helm/huntgroup");
const cases = readdirSync(join(chart, "ci")).map((name) => basename(name, "-values.yaml"));
/** A helm that was built from source would take it for a Kubernetes of long ago. */
const kubeVersion = "--kube-version=1.37.0";

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
  readonly spec: object;
  readonly data: Readonly<Record<string, string>>;
}

interface Probe {
  readonly httpGet: { readonly path: string; readonly scheme: string };
  readonly periodSeconds: number;
  readonly failureThreshold: number;
}

interface Pod {
  readonly terminationGracePeriodSeconds: number;
  readonly securityContext: object;
  readonly containers: readonly [
    {
      readonly image: string;
      readonly env: readonly { readonly name: string; readonly value: string }[];
      readonly readinessProbe: Probe;
      readonly livenessProbe: Probe;
      readonly securityContext: object;
    },
  ];
  readonly volumes: readonly object[];
}

function valuesOf(name: string): string {
  return join(chart, "ci", `${name}-values.yaml`);
}

function template(...args: readonly string[]): ToolRun {
  return runTool("helm", ["template", "edge", chart, "--namespace=llm", kubeVersion, ...args]);
}

/** What a set of values makes, by kind. */
function rendered(...args: readonly string[]): ReadonlyMap<string, readonly Manifest[]> {
  const { code, stdout, output } = template(...args);
  assert.equal(code, 0, output);
  const manifests = parseAllDocuments(stdout).map((document) => document.toJS() as Manifest | null);
  return Map.groupBy(
    manifests.filter((manifest) => manifest !== null),
    (manifest) => manifest.kind,
  );
}

/** The specification of the only one of its kind. */
function specOf(manifests: ReadonlyMap<string, readonly Manifest[]>, kind: string): object {
  const [manifest, ...others] = manifests.get(kind) ?? [];
  assert.ok(manifest !== undefined && others.length === 0, kind);
  return manifest.spec;
}

function podOf(manifests: ReadonlyMap<string, readonly Manifest[]>): Pod {
  const { template: pod } = specOf(manifests, "Deployment") as { template: { spec: Pod } };
  return pod.spec;
}

/** Of the pods, with the smallest values and these. */
function podAnnotations(...args: readonly string[]): Readonly<Record<string, string>> | undefined {
  const { template: pod } = specOf(rendered("--values", valuesOf("smallest"), ...args), "Deployment") as {
    template: { metadata: { annotations?: Record<string, string> } };
  };
  return pod.metadata.annotations;
}

test("the chart is for the version that this is", () => {
  const { appVersion } = parse(readFileSync(join(chart, "Chart.yaml"), "utf8")) as { appVersion: string };
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
  assert.equal(appVersion, version);
});

describeWithTools(["helm"], "helm, looking at the chart", () => {
  const folder = mkdtempSync(join(tmpdir(), "huntgroup-helm-"));
  after(() => rmSync(folder, { recursive: true }));

  for (const name of cases) {
    it(`has nothing to say against it with the values "${name}"`, () => {
      const { code, output } = runTool("helm", ["lint", "--strict", kubeVersion, chart, "--values", valuesOf(name)]);
      assert.equal(code, 0, output);
    });

    it(`drains within the time that Kubernetes gives, and is told only what it reads, with "${name}"`, () => {
      const pod = podOf(rendered("--values", valuesOf(name)));
      const [{ env, readinessProbe, livenessProbe }] = pod.containers;
      const variables = new Map(env.map((one) => [one.name, one.value]));
      const delay = Number(variables.get("HUNTGROUP_DRAIN_DELAY_SECONDS"));
      assert.ok(pod.terminationGracePeriodSeconds > delay + Number(variables.get("HUNTGROUP_DRAIN_SECONDS")));
      for (const variable of variables.keys()) assert.ok(knownVariables.has(variable) || variable.startsWith("OTEL_"), variable);
      assert.equal(readinessProbe.httpGet.path, "/health/readiness");
      assert.equal(livenessProbe.httpGet.path, "/health/liveness");
      const scheme = variables.has("HUNTGROUP_TLS_CERT") ? "HTTPS" : "HTTP";
      assert.deepEqual([readinessProbe.httpGet.scheme, livenessProbe.httpGet.scheme], [scheme, scheme]);
    });

    it(`runs as an ordinary user on files that it cannot change, with "${name}"`, () => {
      const pod = podOf(rendered("--values", valuesOf(name)));
      assert.partialDeepStrictEqual(pod.securityContext, { runAsNonRoot: true, runAsUser: 1000 });
      assert.partialDeepStrictEqual(pod.containers[0].securityContext, {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
      });
    });
  }

  it("with the usual times, notices that an instance drains before that refuses anything", () => {
    const [{ env, readinessProbe }] = podOf(rendered("--values", valuesOf("smallest"))).containers;
    const delay = Number(env.find((one) => one.name === "HUNTGROUP_DRAIN_DELAY_SECONDS")?.value);
    assert.ok(delay > readinessProbe.periodSeconds * readinessProbe.failureThreshold);
  });

  it("makes only what is asked for", () => {
    assert.deepEqual([...rendered("--values", valuesOf("smallest")).keys()].toSorted(), [
      "ConfigMap",
      "Deployment",
      "Service",
      "ServiceAccount",
    ]);
    assert.deepEqual([...rendered("--values", valuesOf("everything")).keys()].toSorted(), [
      "ConfigMap",
      "Deployment",
      "HTTPRoute",
      "HorizontalPodAutoscaler",
      "Ingress",
      "NetworkPolicy",
      "PodDisruptionBudget",
      "PrometheusRule",
      "Service",
      "ServiceAccount",
      "ServiceMonitor",
    ]);
    assert.deepEqual([...rendered("--values", valuesOf("persistent")).keys()].toSorted(), [
      "Deployment",
      "NetworkPolicy",
      "PersistentVolumeClaim",
      "Service",
      "ServiceMonitor",
    ]);
  });

  it("gives the configuration a place for its state, unless it names one, and the program takes it", async () => {
    for (const [name, stateFile] of [
      ["smallest", "/var/lib/huntgroup/state.json"],
      ["everything", "none"],
    ] as const) {
      const text =
        rendered("--values", valuesOf(name))
          .get("ConfigMap")
          ?.find(({ data }) => "config.yaml" in data)?.data["config.yaml"] ?? "";
      const { general_settings: general } = parse(text) as { general_settings: { state_file: string } };
      assert.equal(general.state_file, stateFile);
      const file = join(folder, `${name}.yaml`);
      writeFileSync(file, text);
      const { problems } = await loadConfigFile(file, { OPENAI_API_KEY: "key-of-this-test", HUNTGROUP_MASTER_KEY: "key-of-this-test" });
      assert.deepEqual(problems, []);
    }
  });

  it("keeps the state of one instance on a volume that two never share", () => {
    const manifests = rendered("--values", valuesOf("persistent"));
    assert.partialDeepStrictEqual(specOf(manifests, "Deployment"), { replicas: 1, strategy: { type: "Recreate" } });
    assert.partialDeepStrictEqual(podOf(manifests).volumes, [
      { name: "config", configMap: { name: "my-config" } },
      { name: "state", persistentVolumeClaim: { claimName: "edge-huntgroup-state" } },
    ]);
  });

  it("serves gRPC in the clear by HTTP/2, and says so to proxies", () => {
    for (const [name, port] of [
      ["smallest", { port: 8000, appProtocol: "kubernetes.io/h2c" }],
      ["everything", { port: 443, appProtocol: "https" }],
    ] as const) {
      assert.partialDeepStrictEqual(specOf(rendered("--values", valuesOf(name)), "Service"), { ports: [port] });
    }
  });

  it("replaces the instances when the configuration changes, unless told otherwise", () => {
    assert.notDeepEqual(podAnnotations(), podAnnotations("--set", "config.router_settings.num_retries=5"));
    assert.equal(podAnnotations("--set", "rollOnConfigChange=false"), undefined);
  });

  it("hands Prometheus the rules, the key and the job's name that those ask for", () => {
    const manifests = rendered("--values", valuesOf("everything"));
    assert.deepEqual(specOf(manifests, "PrometheusRule"), parse(readFileSync(join(root, "deploy/prometheus/alerts.yaml"), "utf8")));
    assert.partialDeepStrictEqual(specOf(manifests, "ServiceMonitor"), {
      jobLabel: "app.kubernetes.io/name",
      endpoints: [
        { path: "/metrics", scheme: "https", authorization: { credentials: { name: "huntgroup-keys", key: "HUNTGROUP_MASTER_KEY" } } },
      ],
    });
    assert.equal(manifests.get("Service")?.[0]?.metadata.labels["app.kubernetes.io/name"], "huntgroup");
  });

  it("hands Grafana the dashboard as it is", () => {
    const maps = rendered("--values", valuesOf("everything")).get("ConfigMap") ?? [];
    const dashboard = maps.find(({ data }) => "huntgroup.json" in data)?.data["huntgroup.json"] ?? "";
    assert.deepEqual(JSON.parse(dashboard), JSON.parse(readFileSync(join(root, "deploy/grafana/huntgroup.json"), "utf8")));
  });

  it("has one instance unless it is said that several share nothing", () => {
    assert.partialDeepStrictEqual(specOf(rendered("--values", valuesOf("smallest")), "Deployment"), { replicas: 1 });
    const several = rendered("--values", valuesOf("smallest"), "--set", "replicaCount=3,allowSeparateState=true");
    assert.partialDeepStrictEqual(specOf(several, "Deployment"), { replicas: 3 });
    assert.ok(several.has("PodDisruptionBudget"));
  });

  it("is reached from outside by an ingress or a gateway, at the service's own port", () => {
    const manifests = rendered("--values", valuesOf("everything"));
    const backend = { service: { name: "edge-huntgroup", port: { name: "http" } } };
    assert.partialDeepStrictEqual(specOf(manifests, "Ingress"), {
      ingressClassName: "nginx",
      tls: [{ hosts: ["llm.example.com"], secretName: "llm-example-com" }],
      rules: [{ host: "llm.example.com", http: { paths: [{ path: "/", pathType: "Prefix", backend }] } }],
    });
    assert.deepEqual(specOf(manifests, "HTTPRoute"), {
      parentRefs: [{ name: "edge", namespace: "gateways" }],
      hostnames: ["llm.example.com"],
      rules: [{ timeouts: { request: "0s", backendRequest: "0s" }, backendRefs: [{ name: "edge-huntgroup", port: 443 }] }],
    });
  });

  for (const [what, args, complaint] of [
    ["no deployment", ["--set", "secrets.existingSecret=keys"], /config\.model_list: name at least one deployment/],
    ["no master key", ["--set", "existingConfigMap=mine"], /secrets\.existingSecret: name a Secret that holds HUNTGROUP_MASTER_KEY/],
    ["one volume for two", ["--values", valuesOf("persistent"), "--set", "replicaCount=2"], /one volume has one writer/],
    [
      "a volume for as many as it takes",
      ["--values", valuesOf("persistent"), "--set", "autoscaling.enabled=true"],
      /one volume has one writer/,
    ],
    ["several that share nothing", ["--values", valuesOf("smallest"), "--set", "replicaCount=2"], /allowSeparateState: true/],
    [
      "as many as it takes that share nothing",
      ["--values", valuesOf("smallest"), "--set", "autoscaling.enabled=true"],
      /allowSeparateState: true/,
    ],
    ["an ingress without a host", ["--values", valuesOf("smallest"), "--set", "ingress.enabled=true"], /ingress\.hosts: name at least one/],
    [
      "a route without a gateway",
      ["--values", valuesOf("smallest"), "--set", "httpRoute.enabled=true"],
      /httpRoute\.parentRefs: name the gateway/,
    ],
    ["a value that is misspelt", ["--values", valuesOf("smallest"), "--set", "replicas=3"], /replicas.*not allowed/],
    ["a value of the wrong type", ["--values", valuesOf("smallest"), "--set", "drain.seconds=long"], /drain.seconds/],
    ["an entry without a name", ["--set", "secrets.existingSecret=keys", "--set", "config.model_list[0].x=1"], /model_name/],
  ] as const) {
    it(`refuses ${what}`, () => {
      const { code, output } = template(...args);
      assert.notEqual(code, 0);
      assert.match(output, complaint);
    });
  }
});

describeWithTools(["helm", "kubernetes-validate"], "Kubernetes' own schemas, held to what the chart makes", () => {
  const folder = mkdtempSync(join(tmpdir(), "huntgroup-kubernetes-"));
  after(() => rmSync(folder, { recursive: true }));

  function validate(text: string): ToolRun {
    const file = join(folder, "manifests.yaml");
    writeFileSync(file, text);
    return runTool("kubernetes-validate", ["--strict", "--kubernetes-version=1.37.0", file]);
  }

  for (const name of cases) {
    it(`has nothing against the values "${name}"`, () => {
      const { code, output } = validate(template("--values", valuesOf(name)).stdout);
      assert.equal(code, 0, output);
      // The kinds of the Prometheus operator and of the Gateway API are their own: no schema of Kubernetes' has them.
      const unknown = [...output.matchAll(/Couldn't find schema for kind (\w+)/g)].map(([, kind = ""]) => kind);
      assert.deepEqual(
        unknown.filter((kind) => kind !== "ServiceMonitor" && kind !== "PrometheusRule" && kind !== "HTTPRoute"),
        [],
      );
      assert.match(output, /passed for resource deployment\//);
    });
  }

  it("would see a field that Kubernetes does not have", () => {
    const { code, output } = validate(template("--values", valuesOf("smallest")).stdout.replace("failureThreshold", "failureTreshold"));
    assert.notEqual(code, 0);
    assert.match(output, /failureTreshold/);
  });
});
