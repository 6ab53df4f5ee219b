import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { formatProblem } from "../../../src/config/load/config-problem.ts";
import { ConfigurationInForce } from "../../../src/config/load/configuration-in-force.ts";
import { loadConfig, type LoadedConfig } from "../../../src/config/load/load-config.ts";
import { ControlPlane } from "../../../src/control/plane/control-plane.ts";
import type { FileLooker } from "../../../src/control/plane/file-watcher.ts";
import type { ConfigLoader } from "../../../src/control/plane/load-under-state.ts";
import { openControl, type OpenedControl } from "../../../src/control/plane/open-control.ts";
import type { Act, AuditEntry, ReloadReport } from "../../../src/control/operator.ts";
import type { StateContent } from "../../../src/control/state/state-json.ts";
import { RouterError } from "../../../src/core/errors.ts";
import type { KeyRecord } from "../../../src/core/key-record.ts";
import { Router } from "../../../src/core/router/router.ts";
import { seededRandom } from "../../../src/lib/random.ts";
import { err, type Result } from "../../../src/lib/result.ts";
import { providerRegistry } from "../../../src/providers/index.ts";
import { strategies } from "../../../src/strategies/index.ts";
import { MockUpstream } from "../../../src/mock/mock-upstream.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { startCall } from "./start-call.ts";

/** Two deployments of `g`, one of `h`, an alias. */
export const openGroups = `model_list:
  - {model_name: g, litellm_params: {model: mock/a, mock: {first_token_ms: 10}}, model_info: {id: a}}
  - {model_name: g, litellm_params: {model: mock/b, mock: {first_token_ms: 10}}, model_info: {id: b}}
  - {model_name: h, litellm_params: {model: mock/c, api_key: os.environ/C_KEY, mock: {first_token_ms: 10}}, model_info: {id: c}}
router_settings:
  model_group_alias: {other: g}
`;

/** The same with a master key. */
export const twoGroups = `general_settings: {master_key: sk-the-master-key}
${openGroups}`;

export const me: Act = { who: "master key", etag: undefined };

interface FixtureOptions {
  readonly keys?: readonly KeyRecord[];
  /** Undefined: changes last until the end. */
  readonly statePath?: string | undefined;
  readonly clock?: FakeClock;
  readonly skipInvalid?: boolean;
}

/** The control plane over a real router and a real configuration, on virtual time; the files stand in memory. */
export class ControlFixture {
  readonly clock: FakeClock;
  readonly files: Map<string, string>;
  /** The keys in force. */
  readonly ring: { records: readonly KeyRecord[] } = { records: [] };
  readonly audited: AuditEntry[] = [];
  readonly reloads: { readonly report: ReloadReport; readonly who: string }[] = [];
  readonly configs: LoadedConfig[] = [];
  /** Configurations that followers were to prepare for, and the deployments that there were at that moment. */
  readonly prepared: { readonly config: LoadedConfig; readonly ids: readonly string[] }[] = [];
  readonly warnings: string[] = [];
  readonly router: Router;
  readonly control: ControlPlane;
  readonly opened: OpenedControl;
  /** Makes every write fail. */
  readOnly = false;
  written: StateContent | undefined;
  readonly load: ConfigLoader;
  looks = 0;

  private constructor(opened: OpenedControl, load: ConfigLoader, files: Map<string, string>, clock: FakeClock) {
    const { config, problems } = opened.result;
    if (config === undefined) throw new Error(problems.map((problem) => formatProblem(problem)).join("\n"));
    this.opened = opened;
    this.load = load;
    this.files = files;
    this.clock = clock;
    const random = seededRandom(7);
    this.router = new Router({
      source: config.source,
      upstream: new MockUpstream({ clock, random }),
      clock,
      random,
      onInternalError: fail,
    });
    const inForce = new ConfigurationInForce(config);
    inForce.follow({
      prepare: (next) => void this.prepared.push({ config: next, ids: this.ids() }),
      adopt: ({ config: next, states, keys }, { weights }) => {
        if (states !== undefined) this.router.apply({ source: next?.source, weights, states });
        if (keys !== undefined) this.ring.records = keys;
        if (next !== undefined) this.configs.push(next);
      },
    });
    this.control = new ControlPlane({
      router: this.router,
      inForce,
      opened: { ...opened, store: this.#store() },
      load,
      explain: () => err(new RouterError("not_found", "nobody explains here")),
      stats: { stats: () => ({ startedAt: 0, groups: new Map(), deployments: new Map(), keys: new Map(), pointMs: 1 }) },
      history: {
        calls: () => Promise.resolve({ calls: [], capacity: 0 }),
        usage: () => Promise.resolve({ series: [], pointMs: 1, startedAt: 0 }),
      },
      clock,
      files: this.#looker(),
      audit: (entry) => void this.audited.push(entry),
      onReload: (report, who) => void this.reloads.push({ report, who }),
      onWarning: (message) => void this.warnings.push(message),
    });
  }

  static async open(yaml: string | Map<string, string>, options: FixtureOptions = {}): Promise<ControlFixture> {
    const { clock = new FakeClock(), statePath, keys = [], skipInvalid } = options;
    const files = typeof yaml === "string" ? new Map([["config.yaml", yaml]]) : yaml;
    const load: ConfigLoader = async ({ overlay, texts, knownFaults }) => {
      const result = await loadConfig("config.yaml", {
        env: { C_KEY: "the-secret-of-c-1234", N_KEY: "the-secret-of-n-1234" },
        readFile: async (path) => read(files, path),
        skipInvalid,
        knownFaults,
        providers: providerRegistry,
        strategies,
        importStrategy: () => Promise.reject(new Error("nothing to import")),
        overlay,
        texts,
      });
      return { ...result, config: result.config && { ...result.config, keys } };
    };
    const opened = await openControl({ load, clock, readOnly: false, stateFile: () => statePath });
    return new ControlFixture(opened, load, files, clock);
  }

  #store() {
    const { store } = this.opened;
    return {
      path: store.path,
      write: (content: StateContent): Promise<Result<undefined, string>> => {
        if (this.readOnly) return Promise.resolve(err("the disk is full"));
        this.written = content;
        return store.write(content);
      },
    };
  }

  #looker(): FileLooker {
    return {
      look: async (path) => {
        this.looks++;
        return this.files.get(path);
      },
      read: async (path) => read(this.files, path),
    };
  }

  /** Lets time pass second by second, and whatever is asynchronous in it happen. */
  async pass(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second++) {
      this.clock.advance(1_000);
      await nextTurn();
      await nextTurn();
    }
  }

  /** One call for `g` to its end. @returns The deployment that answered. */
  async ask(model = "g"): Promise<string | undefined> {
    const sink = await startCall(this, model);
    this.clock.advance(5_000);
    await nextTurn();
    return sink.error === undefined ? sink.route?.deploymentId : sink.error.code;
  }

  weights(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.router.deployments().map(({ id, weight }) => [id, weight]));
  }

  ids(): readonly string[] {
    return this.router.deployments().map(({ id }) => id);
  }
}

function fail(error: unknown): never {
  throw error;
}

function read(files: ReadonlyMap<string, string>, path: string): string {
  const text = files.get(path);
  if (text === undefined) throw Object.assign(new Error(`no ${path}`), { code: "ENOENT" });
  return text;
}

/** @returns What came out well, and fails on what did not. */
export async function value<Value>(result: Promise<Result<Value, RouterError>>): Promise<Value> {
  const settled = await result;
  assert.ok(settled.ok, settled.ok ? "" : settled.error.message);
  return settled.value;
}

/** @returns The code of what did not come out well. */
export async function failure(result: Promise<Result<unknown, RouterError>>): Promise<RouterError> {
  const settled = await result;
  assert.ok(!settled.ok, "it went well");
  return settled.error;
}

/** A folder that is there while the task runs. */
export async function inFolder(task: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "huntgroup-control-"));
  try {
    await task(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
