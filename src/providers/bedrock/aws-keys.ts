import type { RouterError } from "../../core/errors.ts";
import type { CredentialSource } from "../credentials/credential-store.ts";

/** What requests to AWS are signed with. */
export interface AwsKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Undefined for keys that hold for ever. */
  readonly sessionToken: string | undefined;
}

/** Where the keys of a deployment come from: written down, or fetched and renewed. */
export interface AwsKeySource {
  /** The keys in force, or why there are none. Never waits. */
  current(): AwsKeys | RouterError;
  /** AWS refused what these keys signed. */
  refused(keys: AwsKeys): void;
  /** Undefined for keys that are written down. */
  readonly fetched?: CredentialSource<AwsKeys> | undefined;
}

/** Keys that are written down. */
export function fixedKeys(keys: AwsKeys): AwsKeySource {
  return { current: () => keys, refused: () => {} };
}
