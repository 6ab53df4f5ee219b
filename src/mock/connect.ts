import type { DeploymentParams, JsonValue, ParamProblem, ProviderAdapter } from "../core/provider.ts";
import { err, ok, type Result } from "../lib/result.ts";
import { type ReplicaNumbers, replicaNames, type ReplicaSetting, replicaSettings } from "../replica/replica-settings.ts";
import { type MockProfile, mockOrigin, mockProfileHeader, writeMockProfile } from "./mock-profile.ts";
import { droppedParams } from "../formats/kit/host-params.ts";
import { redactorOf } from "../formats/kit/redact.ts";
import { operationPath } from "../formats/openai/operation-path.ts";
import { openAi } from "../formats/openai/index.ts";

interface NumberSetting extends NumberRule {
  readonly key: string;
}

const settings = {
  firstTokenMs: { key: "first_token_ms", min: 0, max: 3_600_000, allowed: "milliseconds, 0 or more" },
  tokensPerSecond: { key: "tokens_per_second", min: 0.001, max: 1_000_000, allowed: "a number above 0" },
  outputTokens: { key: "output_tokens", min: 1, max: 1_000_000, allowed: "a number of tokens, 1 or more" },
  errorRate: { key: "error_rate", min: 0, max: 1, allowed: "a share from 0 to 1" },
  rpm: { key: "rpm", min: 1, max: Infinity, allowed: "requests per minute, 1 or more" },
  tpm: { key: "tpm", min: 1, max: Infinity, allowed: "tokens per minute, 1 or more" },
  seed: { key: "seed", min: 0, max: 4_294_967_295, allowed: "a number from 0 to 4294967295" },
} satisfies Record<string, NumberSetting>;

const replicaKey = "replica";

/** Fast enough to be pleasant, slow enough to see that a stream is one. */
const defaultFirstTokenMs = 30;
const defaultTokensPerSecond = 200;

/** Makes the adapter of a deployment of the built-in provider, which needs neither network nor key. `MockUpstream` answers for it. */
export function connectMock(params: DeploymentParams): Result<ProviderAdapter, readonly ParamProblem[]> {
  const problems: ParamProblem[] = [];
  const profile = readProfile(params, problems);
  if (problems.length > 0) return err(problems);
  return ok(
    openAi.connect(
      {
        deploymentId: params.deploymentId,
        origin: mockOrigin,
        path: operationPath,
        headers: { [mockProfileHeader]: writeMockProfile(profile) },
        defaults: params.defaults,
        dropped: droppedParams(params, []),
        redact: redactorOf([params.apiKey]),
      },
      { continuation: "trailing", keepsNothing: true },
    ),
  );
}

function readProfile(params: DeploymentParams, problems: ParamProblem[]): MockProfile {
  const given = params.mock ?? {};
  const known = [...Object.values(settings).map((setting) => setting.key), replicaKey];
  checkNames(given, "mock", { whose: "the mock provider", known }, problems);
  const number = ({ key, ...setting }: NumberSetting): number | undefined => readNumber(given[key], `mock.${key}`, setting, problems);
  const replica = readReplica(given[replicaKey], problems);
  for (const { key } of replica === undefined ? [] : [settings.firstTokenMs, settings.tokensPerSecond]) {
    if (given[key] !== undefined) problems.push({ key: `mock.${key}`, message: "is said by mock.replica: leave one of them out" });
  }
  return {
    deploymentId: params.deploymentId,
    firstTokenMs: number(settings.firstTokenMs) ?? defaultFirstTokenMs,
    tokensPerSecond: number(settings.tokensPerSecond) ?? defaultTokensPerSecond,
    outputTokens: number(settings.outputTokens),
    errorRate: number(settings.errorRate) ?? 0,
    rpm: number(settings.rpm),
    tpm: number(settings.tpm),
    seed: number(settings.seed),
    replica,
    response: readResponse(params.mockResponse, problems),
  };
}

interface NumberRule {
  readonly min: number;
  readonly max: number;
  readonly above?: number;
  readonly isWhole?: boolean;
  /** What is allowed, in words. */
  readonly allowed: string;
}

function readNumber(value: JsonValue | undefined, path: string, rule: NumberRule, problems: ParamProblem[]): number | undefined {
  if (value === undefined || value === null) return undefined;
  const { min, max, above = -Infinity, isWhole = false } = rule;
  if (typeof value === "number" && value >= min && value > above && value <= max && (!isWhole || Number.isInteger(value))) return value;
  problems.push({ key: path, message: `must be ${rule.allowed}, not ${JSON.stringify(value)}` });
  return undefined;
}

function readReplica(value: JsonValue | undefined, problems: ParamProblem[]): ReplicaNumbers | undefined {
  if (value === undefined || value === null) return undefined;
  const path = `mock.${replicaKey}`;
  if (typeof value !== "object" || Array.isArray(value)) {
    problems.push({ key: path, message: `must be a map ({} for a usual one), not ${JSON.stringify(value)}` });
    return undefined;
  }
  const given = value as Readonly<Record<string, JsonValue>>;
  checkNames(given, path, { whose: "a replica", known: replicaNames }, problems);
  return Object.fromEntries(
    replicaNames.map((name) => [name, readNumber(given[name], `${path}.${name}`, ruleOf(replicaSettings[name]), problems)]),
  );
}

function ruleOf({ above, min, max, isWhole = false }: ReplicaSetting): NumberRule {
  const bounds = [
    ...(above === undefined ? [] : [`above ${above}`]),
    ...(min === undefined ? [] : [`from ${min}`]),
    ...(max === undefined ? [] : [`up to ${max}`]),
  ];
  return {
    min: min ?? -Infinity,
    max: max ?? Number.MAX_VALUE,
    ...(above === undefined ? {} : { above }),
    isWhole,
    allowed: `a ${isWhole ? "whole " : ""}number ${bounds.join(" ")}`,
  };
}

function checkNames(
  given: Readonly<Record<string, JsonValue>>,
  path: string,
  { whose, known }: { readonly whose: string; readonly known: readonly string[] },
  problems: ParamProblem[],
): void {
  for (const key of Object.keys(given)) {
    if (!known.includes(key))
      problems.push({ key: `${path}.${key}`, message: `is not a setting of ${whose}; known are ${known.join(", ")}` });
  }
}

function readResponse(value: JsonValue | undefined, problems: ParamProblem[]): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string") return value;
  problems.push({ key: "mock_response", message: "must be a text, or the name of an error such as litellm.RateLimitError" });
  return undefined;
}
