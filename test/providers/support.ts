import assert from "node:assert/strict";
import type { Call } from "../../src/core/call.ts";
import { RouterError } from "../../src/core/errors.ts";
import type { DeploymentParams, ParamProblem, ProviderAdapter, ProviderRegistry } from "../../src/core/provider.ts";
import type { UpstreamRequest } from "../../src/core/upstream.ts";
import { providerRegistry } from "../../src/providers/index.ts";

export interface Setup extends Partial<Omit<DeploymentParams, "env">> {
  readonly address: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly customProvider?: string;
}

export function paramsOf(setup: Setup): DeploymentParams {
  const { address: _address, environment = {}, customProvider: _customProvider, ...given } = setup;
  return {
    deploymentId: "d1",
    prefix: "",
    model: "",
    apiKey: "sk-test-0123456789",
    apiBase: undefined,
    apiVersion: undefined,
    organization: undefined,
    extraHeaders: {},
    defaults: {},
    dropParams: false,
    additionalDropParams: [],
    mockResponse: undefined,
    assistantPrefill: false,
    mock: undefined,
    setting: () => undefined,
    modelInfo: () => undefined,
    mayUse: () => true,
    modelFact: () => undefined,
    ...given,
    env: (name) => environment[name],
  };
}

/** Chooses and connects as the configuration does. */
function tryConnect(
  setup: Setup,
  registry: ProviderRegistry,
): { readonly adapter: ProviderAdapter; readonly model: string } | readonly ParamProblem[] {
  const choice = registry.choose(setup.address, { customProvider: setup.customProvider, apiBase: setup.apiBase });
  if (!choice.ok) return [choice.error];
  const { plugin, prefix, model, mode } = choice.value;
  const connected = plugin.connect({ ...paramsOf(setup), prefix, mode, model });
  return connected.ok ? { adapter: connected.value, model } : connected.error;
}

/** @param registry Omit it where no credentials are fetched. */
export function connect(setup: Setup, registry = providerRegistry): { readonly adapter: ProviderAdapter; readonly model: string } {
  const connected = tryConnect(setup, registry);
  assert.ok("adapter" in connected, JSON.stringify(connected));
  return connected;
}

export function problemsOf(setup: Setup): string[] {
  const connected = tryConnect(setup, providerRegistry);
  assert.ok(!("adapter" in connected), "it was accepted");
  return connected.map((problem) => `${problem.key} ${problem.message}`);
}

/** The request that an adapter makes of a call which it takes. */
export function encoded(adapter: ProviderAdapter, call: Call, upstreamModel: string): UpstreamRequest {
  const request = adapter.encode(call, upstreamModel);
  assert.ok(!(request instanceof RouterError));
  return request;
}
