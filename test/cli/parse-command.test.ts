import assert from "node:assert/strict";
import { test } from "node:test";
import { parseCommand } from "../../src/cli/parse-command.ts";
import type { ServeOptions } from "../../src/cli/command.ts";

const defaults: ServeOptions & { kind: "serve" } = {
  kind: "serve",
  configFile: undefined,
  host: "127.0.0.1",
  port: 8000,
  tlsCertFile: undefined,
  tlsKeyFile: undefined,
  insecure: false,
  skipInvalid: false,
  logFormat: undefined,
  logLevel: undefined,
  drainMs: 30_000,
};

const good: readonly [string, Readonly<Record<string, string>>, object][] = [
  ["", {}, { kind: "help" }],
  ["--help", {}, { kind: "help" }],
  ["serve -h", {}, { kind: "help" }],
  ["help", {}, { kind: "help" }],
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
    },
    { ...defaults, configFile: "e.yaml", port: 9, host: "h", insecure: true, skipInvalid: true, drainMs: 5_000 },
  ],
  ["serve", { HUNTGROUP_CONFIG: "", HUNTGROUP_PORT: "", HUNTGROUP_HOST: "", HUNTGROUP_TLS_CERT: "", HUNTGROUP_INSECURE: "" }, defaults],
  ["serve", { HUNTGROUP_INSECURE: "off", HUNTGROUP_SKIP_INVALID: "ON" }, { ...defaults, skipInvalid: true }],
  ["serve", { CONFIG_FILE_PATH: "l.yaml" }, { ...defaults, configFile: "l.yaml" }],
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
  ["start", /no command "start"; there are "serve" and "check"/],
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
