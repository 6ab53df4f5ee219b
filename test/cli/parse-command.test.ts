import assert from "node:assert/strict";
import { test } from "node:test";
import { parseCommand } from "../../src/cli/parse-command.ts";
import { commands } from "../../src/cli/commands.ts";
import type { ServeOptions } from "../../src/cli/kit/command.ts";

const defaults: ServeOptions & { kind: "serve" } = {
  kind: "serve",
  configFile: undefined,
  host: "127.0.0.1",
  port: 8000,
  tlsCertFile: undefined,
  tlsKeyFile: undefined,
  insecure: false,
  threads: undefined,
  skipInvalid: false,
  drainDelayMs: 0,
  logFormat: undefined,
  logLevel: undefined,
  drainMs: 30_000,
};

const good: readonly [string, Readonly<Record<string, string>>, object][] = [
  ["", {}, { kind: "help", topic: undefined }],
  ["--help", {}, { kind: "help", topic: undefined }],
  ["serve -h", {}, { kind: "help", topic: "serve" }],
  ["help", {}, { kind: "help", topic: undefined }],
  ["help serve", {}, { kind: "help", topic: "serve" }],
  ["help keys", {}, { kind: "help", topic: "keys" }],
  ["help weights set", {}, { kind: "help", topic: "weights set" }],
  ["keys rotate --help", {}, { kind: "help", topic: "keys rotate" }],
  ["--version", {}, { kind: "version" }],
  ["check a.yaml", {}, { kind: "check", file: "a.yaml", skipInvalid: false }],
  ["check --config a.yaml --skip-invalid", {}, { kind: "check", file: "a.yaml", skipInvalid: true }],
  ["serve", {}, defaults],
  ["serve --config a.yaml --port 0 --host ::1", {}, { ...defaults, configFile: "a.yaml", port: 0, host: "::1" }],
  ["serve -c a.yaml -p 80 --insecure", {}, { ...defaults, configFile: "a.yaml", port: 80, insecure: true }],
  ["serve --tls-cert c.pem --tls-key k.pem", {}, { ...defaults, tlsCertFile: "c.pem", tlsKeyFile: "k.pem" }],
  [
    "serve",
    {
      HUNTGROUP_CONFIG: "e.yaml",
      HUNTGROUP_PORT: "9",
      HUNTGROUP_HOST: "h",
      HUNTGROUP_INSECURE: "true",
      HUNTGROUP_SKIP_INVALID: "1",
      HUNTGROUP_DRAIN_SECONDS: "5",
      HUNTGROUP_DRAIN_DELAY_SECONDS: "3",
    },
    { ...defaults, configFile: "e.yaml", port: 9, host: "h", insecure: true, skipInvalid: true, drainDelayMs: 3_000, drainMs: 5_000 },
  ],
  ["serve", { HUNTGROUP_CONFIG: "", HUNTGROUP_PORT: "", HUNTGROUP_HOST: "", HUNTGROUP_TLS_CERT: "", HUNTGROUP_INSECURE: "" }, defaults],
  ["serve", { HUNTGROUP_INSECURE: "off", HUNTGROUP_SKIP_INVALID: "ON" }, { ...defaults, skipInvalid: true }],
  ["serve", { CONFIG_FILE_PATH: "l.yaml" }, { ...defaults, configFile: "l.yaml" }],
  ["serve --drain-delay-seconds 4", {}, { ...defaults, drainDelayMs: 4_000 }],
  ["serve --log-level WARN --log-format json", {}, { ...defaults, logLevel: "warn", logFormat: "json" }],
  [
    "serve --log-level error",
    { HUNTGROUP_LOG_LEVEL: "debug", HUNTGROUP_LOG_FORMAT: "pretty" },
    { ...defaults, logLevel: "error", logFormat: "pretty" },
  ],
  ["serve --port 7", { HUNTGROUP_PORT: "9" }, { ...defaults, port: 7 }],
];

for (const [line, env, expected] of good) {
  test(`"huntgroup ${line}"${Object.keys(env).length === 0 ? "" : " with the environment"} is understood`, () => {
    assert.deepEqual(parseCommand(line.split(" ").filter(Boolean), env), { ok: true, value: expected });
  });
}

const bad: readonly [string, RegExp][] = [
  ["--config a.yaml --port 1", /Did you mean: huntgroup serve --config a.yaml --port 1/],
  ["server", /no command "server"; did you mean "serve"\?/],
  ["start", /no command "start"; there are serve, check, deployments, weights, /],
  ["help deploy", /no command "deploy"; did you mean "deployments"\?/],
  ["keys", /"keys" needs one of list, create, revoke, rotate after it\.$/],
  ["keys creat", /"keys" needs one of .* not "creat" \(did you mean create\?\)/],
  ["deployments --rpm 1", /"deployments" has no option --rpm/],
  ["serve --insecure=yes", /--insecure takes no value/],
  ["stats --url --json", /--url needs a value: --url URL/],
  ["stats now", /"stats" takes no argument "now"/],
  ["drain", /"drain" needs a deployment's id: huntgroup drain ID/],
  ["drain a b", /"drain" takes no argument "b"/],
  ["stats --url localhost:8000", /must begin with http:\/\/ or https:\/\//],
  ["stats --url 127.0.0.1:8000", /Did you mean http:\/\/127\.0\.0\.1:8000\?/],
  ["stats --url http://me:secret@h", /holds credentials/],
  ["stats --key a --key-file b", /--key or --key-file, not both/],
  ["stats --timeout 10", /--timeout is "10"; it must be a duration such as 90s/],
  ["stats --timeout 0s", /--timeout must be more than nothing/],
  ["weights set", /needs a group/],
  ["weights set g", /Name at least one weight/],
  ["weights set g a", /"a" is no weight/],
  ["weights set g a=-1", /"a=-1" is no weight/],
  ["weights set g a=x", /"a=x" is no weight/],
  ["weights set g a=Infinity", /is no weight/],
  ["weights set g =1", /is no weight/],
  ["weights set g a=1 a=2", /"a" is given twice/],
  ["weights set g a=1 --over soon", /--over is "soon"; it must be a duration such as 90s, 10m/],
  ["explain", /needs a model/],
  ["explain m --bytes 1.5", /--bytes is "1.5"; it must be a whole number from 0 to 4294967295/],
  ["strategy g", /needs a strategy \(or --reset\)/],
  ["strategy g least-busy --args [1]", /--args is "\[1\]"; it must be a JSON object/],
  ["strategy g --reset --args {}", /--reset takes no --args/],
  ["alias a --hidden", /--hidden needs the groups too/],
  ["keys create", /needs a name/],
  ["keys create k --budget lots", /--budget is "lots"; it must be a number ≥ 0/],
  ["keys create k --parallel 0", /--parallel is "0"; it must be a whole number from 1/],
  ["keys create k --per 7d", /--per is the period of a --budget/],
  ["keys create k --expires tomorrow", /--expires is "tomorrow"; it must be a time/],
  ["keys create k --priority high", /--priority is "high"; it must be a whole number/],
  ["keys rotate k --overlap 1", /--overlap is "1"; it must be a duration/],
  ["serve a.yaml", /--config FILE/],
  ["serve --port 70000", /--port is "70000"; it must be a whole number from 0 to 65535/],
  ["serve --port x", /--port is "x"/],
  ["serve --port -1", /port/],
  ["serve --drain-seconds 1.5", /--drain-seconds is "1.5"/],
  ["serve --tls-cert c.pem", /both --tls-cert FILE and --tls-key FILE/],
  ["serve --log-level loud", /--log-level is "loud"; it must be one of debug, info, warn, error, silent/],
  ["serve --log-format xml", /--log-format is "xml"; it must be one of auto, json, pretty/],
  ["serve --prot 1", /--prot/],
  ["serve --config", /config/],
  ["check", /huntgroup check FILE/],
  ["check a b", /one file/],
];

for (const [line, message] of bad) {
  test(`"huntgroup ${line}" is refused in a sentence`, () => {
    const parsed = parseCommand(line.split(" ").filter(Boolean), {});
    assert.equal(parsed.ok, false);
    assert.match(parsed.error, message);
  });
}

const badVariables: readonly [Readonly<Record<string, string>>, RegExp][] = [
  [{ HUNTGROUP_PORT: "x" }, /^HUNTGROUP_PORT is "x"; it must be a whole number/],
  [{ HUNTGROUP_INSECURE: "maybe" }, /^HUNTGROUP_INSECURE is "maybe"; it must be one of 1, true, yes, on, 0/],
  [{ HUNTGROUP_SKIP_INVALID: "2" }, /^HUNTGROUP_SKIP_INVALID is "2"/],
];

for (const [env, message] of badVariables) {
  test(`the variable in ${JSON.stringify(env)} is refused by its name`, () => {
    const parsed = parseCommand(["serve"], env);
    assert.equal(parsed.ok, false);
    assert.match(parsed.error, message);
  });
}

const somewhere = {
  url: "http://127.0.0.1:8000",
  key: undefined,
  keyFile: undefined,
  caFile: undefined,
  timeoutMs: 30_000,
  json: false,
  etag: "",
};
const connections: readonly [string, Readonly<Record<string, string>>, object][] = [
  ["stats", {}, somewhere],
  [
    "stats",
    { HUNTGROUP_URL: "https://h/router/", HUNTGROUP_KEY: "k", HUNTGROUP_MASTER_KEY: "m" },
    { ...somewhere, url: "https://h/router", key: "k" },
  ],
  ["--url http://h:1 stats --key k", { HUNTGROUP_MASTER_KEY: "m" }, { ...somewhere, url: "http://h:1", key: "k" }],
  ["stats", { HUNTGROUP_MASTER_KEY: "m", HUNTGROUP_KEY: "" }, { ...somewhere, key: "m" }],
  ["stats --key-file f", { HUNTGROUP_KEY: "k" }, { ...somewhere, keyFile: "f" }],
  ["stats --json --timeout 1m30s --ca c.pem", {}, { ...somewhere, json: true, timeoutMs: 90_000, caFile: "c.pem" }],
  ["drain a --etag e", {}, { ...somewhere, etag: "e" }],
  ["keys create k --priority -5", {}, somewhere],
];

for (const [line, env, expected] of connections) {
  test(`"huntgroup ${line}"${Object.keys(env).length === 0 ? "" : " with the environment"} knows its server`, () => {
    const parsed = parseCommand(line.split(" "), env);
    assert.ok(parsed.ok && parsed.value.kind === "operate", JSON.stringify(parsed));
    assert.deepEqual(parsed.value.connection, expected);
  });
}

test("an option means the same in every command that has it, and each command is listed once", () => {
  const kinds = new Map<string, string>();
  for (const { options } of commands) {
    for (const { name, short, value } of options) {
      const kind = `${short} ${value === undefined ? "switch" : "value"}`;
      assert.equal(kinds.get(name) ?? kind, kind, name);
      kinds.set(name, kind);
    }
  }
  assert.equal(new Set(commands.map(({ name }) => name)).size, commands.length);
});
