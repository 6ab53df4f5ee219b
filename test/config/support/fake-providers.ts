import type { DeploymentParams, ParamProblem, ProviderAdapter, ProviderPlugin, ProviderRegistry } from "../../../src/core/provider.ts";
import { err, ok } from "../../../src/lib/result.ts";

/** A registry that writes down what deployments are connected with: the configuration's output to providers. */
export class FakeProviders implements ProviderRegistry {
  readonly connected: { readonly plugin: string; readonly params: DeploymentParams }[] = [];
  /** What `connect` finds wrong. */
  complaints: readonly ParamProblem[] = [];
  readonly #plugins = new Map<string, ProviderPlugin>();

  constructor(names: readonly string[] = ["openai", "azure", "mock"]) {
    for (const name of names) {
      this.#plugins.set(name, {
        name,
        prefixes: [name],
        connect: (params) => {
          this.connected.push({ plugin: name, params });
          return this.complaints.length > 0 ? err(this.complaints) : ok(idleAdapter);
        },
      });
    }
  }

  choose: ProviderRegistry["choose"] = (model, hints) => {
    const slash = model.indexOf("/");
    const prefix = hints.customProvider ?? (slash === -1 ? "" : model.slice(0, slash));
    const name = prefix === "" ? "openai" : prefix;
    const plugin = this.#plugins.get(name);
    if (plugin === undefined)
      return err({
        key: "model",
        message: `unknown provider ${JSON.stringify(name)}`,
        detail: `allowed are ${[...this.#plugins.keys()].join(", ")}`,
      });
    return ok({ plugin, provider: name, prefix, model: hints.customProvider === undefined ? model.slice(slash + 1) : model });
  };

  /** What the only deployment was connected with. */
  get params(): DeploymentParams {
    const [first] = this.connected;
    if (first === undefined) throw new Error("nothing was connected");
    return first.params;
  }
}

function unused(): never {
  throw new Error("no call is made here");
}

const idleAdapter: ProviderAdapter = {
  replyFormat: unused,
  encode: unused,
  decodeReply: unused,
  decodeStream: unused,
  decodeError: unused,
  readQuota: unused,
  readText: unused,
  continuation: undefined,
  origin: undefined,
};
