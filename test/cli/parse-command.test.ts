import assert from "node:assert/strict";
import { test } from "node:test";
import { parseCommand } from "../../src/cli/parse-command.ts";
import { huntgroup, leaves, pathOf } from "../../src/cli/program.ts";
import type { ServeOptions } from "../../src/cli/kit/task.ts";

const defaults: ServeOptions & { kind: "serve" } = {
  kind: "serve",
  configFile: undefined,
  host: "127.0.0.1",
  port: 8000,
  socket: undefined,
  tlsCertFile: undefined,
  tlsKeyFile: undefined,
  tlsClientCaFile: undefined,
  tlsClientAuth: undefined,
  insecure: false,
  threads: undefined,
  skipInvalid: undefined,
  drainDelayMs: 0,
  logFormat: undefined,
  logLevel: undefined,
  drainMs: 30_000,
};

const good: readonly [string, Readonly<Record<string, string>>, object][] = [
  ["check a.yaml", {}, { kind: "check", file: "a.yaml", skipInvalid: undefined }],
  ["check --config a.yaml --skip-invalid", {}, { kind: "check", file: "a.yaml", skipInvalid: true }],
  ["check a.yaml --strict", {}, { kind: "check", file: "a.yaml", skipInvalid: false }],
  ["serve --strict", {}, { ...defaults, skipInvalid: false }],
  ["serve", { HUNTGROUP_STRICT: "1" }, { ...defaults, skipInvalid: false }],
  ["serve", {}, defaults],
  ["serve --config a.yaml --port 0 --host ::1", {}, { ...defaults, configFile: "a.yaml", port: 0, host: "::1" }],
  ["serve -c a.yaml -p 80 --insecure", {}, { ...defaults, configFile: "a.yaml", port: 80, insecure: true }],
  ["serve --listen unix:/run/r.sock", {}, { ...defaults, socket: { path: "/run/r.sock", mode: 0o600 } }],
  ["serve --listen unix:///run/r.sock --listen-mode 0660", {}, { ...defaults, socket: { path: "/run/r.sock", mode: 0o660 } }],
  [
    "serve",
    { HUNTGROUP_LISTEN: "unix:/run/r.sock", HUNTGROUP_LISTEN_MODE: "666" },
    { ...defaults, socket: { path: "/run/r.sock", mode: 0o666 } },
  ],
  ["serve --tls-cert c.pem --tls-key k.pem", {}, { ...defaults, tlsCertFile: "c.pem", tlsKeyFile: "k.pem" }],
  [
    "serve --tls-cert c.pem --tls-key k.pem --tls-client-ca a.pem --tls-client-auth Optional",
    {},
    { ...defaults, tlsCertFile: "c.pem", tlsKeyFile: "k.pem", tlsClientCaFile: "a.pem", tlsClientAuth: "optional" },
  ],
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
  ["--config a.yaml serve -p7", {}, { ...defaults, configFile: "a.yaml", port: 7 }],
];

for (const [line, env, expected] of good) {
  test(`"huntgroup ${line}"${Object.keys(env).length === 0 ? "" : " with the environment"} is understood`, () => {
    assert.deepEqual(parseCommand(line.split(" ").filter(Boolean), env), { ok: true, value: expected });
  });
}

const shown: readonly [string, RegExp][] = [
  ["", /^Usage: huntgroup COMMAND/],
  ["--help", /^Usage: huntgroup COMMAND/],
  ["serve -h", /^Usage: huntgroup serve /],
  ["help", /^Usage: huntgroup COMMAND/],
  ["help serve", /^Usage: huntgroup serve /],
  ["help keys", /^Usage: huntgroup keys /],
  ["help weights set", /^Usage: huntgroup weights set /],
  ["keys rotate --help", /^Usage: huntgroup keys rotate /],
  ["--version", /^\d+\.\d+\.\d+\n$/],
];

for (const [line, text] of shown) {
  test(`"huntgroup ${line}" prints what it asks for`, () => {
    const parsed = parseCommand(line.split(" ").filter(Boolean), {});
    assert.ok(parsed.ok && parsed.value.kind === "print", JSON.stringify(parsed));
    assert.match(parsed.value.text, text);
  });
}

const bad: readonly [string, RegExp][] = [
  ["serve --strict --skip-invalid", /'--strict' cannot be used with option '--skip-invalid'/],
  ["--config a.yaml --port 1", /unknown option '--config'. Name a command first: did you mean huntgroup serve --config …\?/],
  ["serve --tls-client-ca a.pem", /--tls-client-ca needs --tls-cert and --tls-key/],
  ["serve --tls-cert c.pem --tls-key k.pem --tls-client-auth required", /--tls-client-auth needs --tls-client-ca/],
  ["serve --tls-client-auth maybe", /Allowed choices are required, optional/],
  ["serve --listen /run/r.sock", /It must be unix:PATH, such as/],
  [`serve --listen unix:/${"x".repeat(110)}`, /The path has 111 bytes; a socket's may have 107/],
  ["serve --listen unix:/r --listen-mode rw", /three octal digits/],
  ["serve --listen unix:/r --threads 2", /serves on one thread/],
  ["server", /unknown command 'server' \(Did you mean serve\?\)/],
  ["start", /unknown command 'start' \(Did you mean stats\?\)/],
  ["go", /unknown command 'go'; huntgroup has serve, check, simulate, calibrate, deployments, weights, /],
  ["help deploy", /unknown command 'deploy'; huntgroup has serve, check, simulate, calibrate, deployments/],
  ["help deployment", /unknown command 'deployment' \(Did you mean deployments\?\)/],
  ["keys", /"keys" needs one of list, create, revoke, rotate after it\.\nSee huntgroup keys --help\.$/],
  ["keys creat", /unknown command 'creat' \(Did you mean create\?\)\nSee huntgroup keys --help/],
  ["deployments --rpm 1", /unknown option '--rpm'\nSee huntgroup deployments --help/],
  ["serve --insecure=yes", /option '--insecure' takes no value/],
  ["stats --url --json", /option '--url <URL>' argument missing/],
  ["stats now", /too many arguments for 'stats'\. Expected 0 arguments but got 1: now/],
  ["drain", /missing required argument 'ID'\nSee huntgroup drain --help/],
  ["drain a b", /too many arguments for 'drain'\. Expected 1 argument but got 2: a, b/],
  ["stats --url localhost:8000", /must begin with http:\/\/ or https:\/\//],
  ["stats --url 127.0.0.1:8000", /Did you mean http:\/\/127\.0\.0\.1:8000\?/],
  ["stats --url http://me:secret@h", /holds credentials/],
  ["stats --key a --key-file b", /--key or --key-file, not both/],
  ["stats --timeout 10", /'--timeout <10s>' argument '10' is invalid\. It must be a duration such as 90s/],
  ["stats --timeout 0s", /--timeout must be more than nothing/],
  ["weights set", /missing required argument 'GROUP'/],
  ["weights set g", /missing required argument 'ID=N'/],
  ["weights set g a", /'a' is invalid for argument 'ID=N'\. It must be ID=N with a number N ≥ 0/],
  ["weights set g a=-1", /'a=-1' is invalid .* It must be ID=N/],
  ["weights set g a=x", /'a=x' is invalid .* It must be ID=N/],
  ["weights set g a=Infinity", /is invalid .* It must be ID=N/],
  ["weights set g =1", /is invalid .* It must be ID=N/],
  ["weights set g a=1 a=2", /"a" is given twice/],
  ["weights set g a=1 --over soon", /'--over <10m>' argument 'soon' is invalid\. It must be a duration such as 90s, 10m/],
  ["explain", /missing required argument 'MODEL'/],
  ["explain m --bytes 1.5", /'--bytes <N>' argument '1.5' is invalid\. It must be a whole number from 0 to 4294967295/],
  ["strategy g", /needs a strategy \(or --reset\)/],
  ["strategy g least-busy --args [1]", /'--args <JSON>' argument '\[1\]' is invalid\. It must be a JSON object/],
  ["strategy g --reset --args {}", /--reset takes no --args/],
  ["alias a --hidden", /--hidden needs the groups too/],
  ["keys create", /missing required argument 'NAME'/],
  ["keys create k --budget lots", /'--budget <USD>' argument 'lots' is invalid\. It must be a number ≥ 0/],
  ["keys create k --parallel 0", /'--parallel <N>' argument '0' is invalid\. It must be a whole number from 1/],
  ["keys create k --per 7d", /--per is the period of a --budget/],
  ["keys create k --expires tomorrow", /'--expires <WHEN>' argument 'tomorrow' is invalid\. It must be a time/],
  ["keys create k --priority high", /'--priority <N>' argument 'high' is invalid\. It must be a whole number/],
  ["keys rotate k --overlap 1", /'--overlap <1h>' argument '1' is invalid\. It must be a duration/],
  ["serve a.yaml", /--config FILE/],
  ["serve --port 70000", /'-p, --port <PORT>' argument '70000' is invalid\. It must be a whole number from 0 to 65535/],
  ["serve --port x", /'-p, --port <PORT>' argument 'x' is invalid/],
  ["serve --port -1", /port/],
  ["serve --drain-seconds 1.5", /'--drain-seconds <N>' argument '1.5' is invalid/],
  ["serve --tls-cert c.pem", /both --tls-cert FILE and --tls-key FILE/],
  ["serve --log-level loud", /'--log-level <LEVEL>' argument 'loud' is invalid\. Allowed choices are debug, info, warn, error, silent/],
  ["serve --log-format xml", /'--log-format <FORMAT>' argument 'xml' is invalid\. Allowed choices are auto, json, pretty/],
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
  [{ HUNTGROUP_PORT: "x" }, /value 'x' from env 'HUNTGROUP_PORT' is invalid\. It must be a whole number/],
  [{ HUNTGROUP_INSECURE: "maybe" }, /value 'maybe' from env 'HUNTGROUP_INSECURE' is invalid\. It must be one of 1, true, yes, on, 0/],
  [{ HUNTGROUP_SKIP_INVALID: "2" }, /value '2' from env 'HUNTGROUP_SKIP_INVALID' is invalid/],
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

test("an empty argument, which is what a shell makes of a variable that is not set, names nothing", () => {
  const parsed = parseCommand(["drain", ""], {});
  assert.ok(!parsed.ok && parsed.error.includes("invalid for argument 'ID'. It must not be empty."), JSON.stringify(parsed));
});

const secret = "sk-hg-a-secret-that-nobody-should-see";
const withSecret: readonly (readonly string[])[] = [
  ["stats", `--kye=${secret}`],
  ["stats", `--kye=it's\n${secret}'`],
  ["stats", "--kye", secret],
  ["stats", "--key", secret, "--key-file", "f"],
  ["stats", "--key", secret, "--timeout", "x"],
  ["--key", secret],
  [`--key=${secret}`],
  ["--key", secret, "statz"],
  ["stats", "--url", `http://me:${secret}@h`],
];

test("the value of an option, which may be a secret, is not repeated in what is said of the line", () => {
  for (const words of withSecret) {
    const parsed = parseCommand(words, {});
    assert.equal(parsed.ok, false, words.join(" "));
    assert.ok(!parsed.error.includes(secret), parsed.error);
  }
});

test("an option means the same in every command that has it, and each command is listed once", () => {
  const kinds = new Map<string, string>();
  const commands = leaves(huntgroup(() => {}));
  for (const { options } of commands) {
    for (const { long, short, required } of options) {
      const [name, kind] = [String(long), `${short} ${required ? "value" : "switch"}`];
      assert.equal(kinds.get(name) ?? kind, kind, name);
      kinds.set(name, kind);
    }
  }
  assert.equal(new Set(commands.map(pathOf)).size, commands.length);
});
