import type { DeploymentParams, JsonValue, ParamProblem, ProviderAdapter } from "../core/provider.ts";
import { err, ok, type Result } from "../lib/result.ts";
import { type MockProfile, mockOrigin, mockProfileHeader, writeMockProfile } from "./mock-profile.ts";
import { droppedParams } from "../formats/kit/host-params.ts";
import { redactorOf } from "../formats/kit/redact.ts";
import { operationPath } from "../formats/openai/operation-path.ts";
import { openAi } from "../formats/openai/index.ts";

interface NumberSetting {
  readonly key: string;
  readonly min: number;
  readonly max: number;
  /** What is allowed, in words. */
  readonly allowed: string;
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
      { continuation: "trailing" },
    ),
  );
}

function readProfile(params: DeploymentParams, problems: ParamProblem[]): MockProfile {
  const given = params.mock ?? {};
  const known = Object.values(settings).map((setting) => setting.key);
  for (const key of Object.keys(given)) {
    if (!known.includes(key))
      problems.push({ key: `mock.${key}`, message: `is not a setting of the mock provider; known are ${known.join(", ")}` });
  }
  const number = (setting: NumberSetting): number | undefined => {
    const value = given[setting.key];
    if (value === undefined || value === null) return undefined;
    if (typeof value === "number" && value >= setting.min && value <= setting.max) return value;
    problems.push({ key: `mock.${setting.key}`, message: `must be ${setting.allowed}, not ${JSON.stringify(value)}` });
    return undefined;
  };
  return {
    deploymentId: params.deploymentId,
    firstTokenMs: number(settings.firstTokenMs) ?? defaultFirstTokenMs,
    tokensPerSecond: number(settings.tokensPerSecond) ?? defaultTokensPerSecond,
    outputTokens: number(settings.outputTokens),
    errorRate: number(settings.errorRate) ?? 0,
    rpm: number(settings.rpm),
    tpm: number(settings.tpm),
    seed: number(settings.seed),
    response: readResponse(params.mockResponse, problems),
  };
}

function readResponse(value: JsonValue | undefined, problems: ParamProblem[]): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string") return value;
  problems.push({ key: "mock_response", message: "must be a text, or the name of an error such as litellm.RateLimitError" });
  return undefined;
}
