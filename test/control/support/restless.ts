import { writeSync } from "node:fs";
import { ConfigurationInForce } from "../../../src/config/load/configuration-in-force.ts";
import { loadConfig } from "../../../src/config/load/load-config.ts";
import { ControlPlane } from "../../../src/control/plane/control-plane.ts";
import type { ConfigLoader } from "../../../src/control/plane/load-under-state.ts";
import { openControl } from "../../../src/control/plane/open-control.ts";
import { RouterError } from "../../../src/core/errors.ts";
import type { KeyRecord } from "../../../src/core/key-record.ts";
import { Router } from "../../../src/core/router/router.ts";
import { systemClock } from "../../../src/lib/clock.ts";
import { systemRandom } from "../../../src/lib/random.ts";
import { err } from "../../../src/lib/result.ts";
import { providerRegistry } from "../../../src/providers/index.ts";
import { strategies } from "../../../src/strategies/index.ts";

/**
 * A process that changes weights and rotates a key in turns, for as long as it lives, and tells each change once it was acknowledged:
 * its revision, and the digest of the key. An odd revision sets both weights to its own number. With `begin` behind the path it ends before the
 * first change.
 */
const statePath = process.argv[2] ?? "";

const key: KeyRecord = {
  name: "from-file",
  sha256: "0".repeat(64),
  previous: undefined,
  models: [],
  rpm: undefined,
  tpm: undefined,
  maxParallelRequests: undefined,
  maxBudget: undefined,
  budgetDuration: undefined,
  tags: [],
  priority: undefined,
  expiresAt: undefined,
  metadata: {},
  revoked: false,
  origin: "config",
  createdAt: undefined,
};

const yaml = ["a", "b"].map((id) => `- {model_name: g, litellm_params: {model: mock/m}, model_info: {id: ${id}}}\n`).join("");

const load: ConfigLoader = async ({ overlay, texts }) => {
  const result = await loadConfig("config.yaml", {
    env: {},
    readFile: () => Promise.resolve(`model_list:\n${yaml}`),
    skipInvalid: false,
    providers: providerRegistry,
    strategies,
    importStrategy: () => Promise.reject(new Error("nothing to import")),
    overlay,
    texts,
  });
  return { ...result, config: result.config && { ...result.config, keys: [key] } };
};

function tell(line: string): void {
  writeSync(1, `${line}\n`);
}

function fail(error: unknown): never {
  throw error;
}

const opened = await openControl({ load, clock: systemClock, readOnly: false, stateFile: () => statePath });
for (const warning of opened.warnings) tell(`warning ${warning}`);
const { config } = opened.result;
if (config === undefined) throw new Error("the configuration is wrong");
const upstream = { send: () => fail(new Error("nothing is sent")) };
const router = new Router({ source: config.source, upstream, clock: systemClock, random: systemRandom, onInternalError: fail });
let digest: string | undefined;
const inForce = new ConfigurationInForce(config);
inForce.follow({
  adopt({ states, keys }, { weights }) {
    if (states !== undefined) router.apply({ weights, states });
    if (keys !== undefined) digest = keys[0]?.sha256;
  },
});
const control = new ControlPlane({
  router,
  inForce,
  opened,
  load,
  explain: () => err(new RouterError("not_found", "nobody explains here")),
  stats: { stats: () => ({ startedAt: 0, groups: new Map(), deployments: new Map(), keys: new Map(), pointMs: 1 }) },
  history: {
    calls: () => Promise.resolve({ calls: [], capacity: 0 }),
    usage: () => Promise.resolve({ series: [], pointMs: 1, startedAt: 0 }),
  },
  clock: systemClock,
  files: undefined,
  audit: () => undefined,
  onReload: () => undefined,
  onWarning: () => undefined,
});

const act = { who: "restless", etag: undefined };
tell(`${revision()} ${digest}`);
if (process.argv[3] === "begin") process.exit(0);
for (;;) {
  const next = revision() + 1;
  const weights = new Map([
    ["a", next],
    ["b", next],
  ]);
  const made = next % 2 === 1 ? await control.setWeights(weights, 0, act) : await control.rotateKey(key.name, 1_000, act);
  if (!made.ok) throw made.error;
  tell(`${revision()} ${digest}`);
}

function revision(): number {
  return Number(control.etag.split(".")[1]);
}
