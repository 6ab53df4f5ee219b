import type { Renewed } from "../credentials/credential-store.ts";
import type { AwsKeys } from "./aws-keys.ts";

const silent = { trace: ignore, debug: ignore, info: ignore, warn: ignore, error: ignore };

/**
 * Asks AWS's own library for the keys that the machine has: by its environment, its files, a sign-on, its container or itself. The library is loaded
 * for the first who asks.
 * @param profile The profile that is wanted of the files, and nothing else.
 */
export async function findKeysOfMachine(profile: string | undefined, region: string): Promise<Renewed<AwsKeys>> {
  const { defaultProvider } = await import("@aws-sdk/credential-provider-node");
  // The files are read each time: somebody may have signed on anew.
  const provide = defaultProvider({
    ...(profile === undefined ? {} : { profile }),
    ignoreCache: true,
    clientConfig: { region },
    logger: silent,
  });
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = await provide();
  return { value: { accessKeyId, secretAccessKey, sessionToken }, expiresAt: expiration?.getTime() };
}

function ignore(): void {}
