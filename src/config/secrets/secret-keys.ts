import type { SectionName } from "../settings/setting-spec.ts";
import { isSecretPlace } from "./secrets.ts";

/** Remembers which keys are secret: the entries of a long list have the same few. */
export class SecretKeys {
  readonly #known = [new Map<string, Map<string, boolean>>(), new Map<string, Map<string, boolean>>()] as const;

  /**
   * Whether the value of a key is never shown.
   * @param path Of the map that it stands in.
   * @param section Where that path leads.
   */
  has(key: string, path: string, section: SectionName | undefined, isCollection: boolean): boolean {
    const places = this.#known[isCollection ? 1 : 0];
    const place = section ?? `at ${path}`;
    let keys = places.get(place);
    if (keys === undefined) places.set(place, (keys = new Map()));
    let secret = keys.get(key);
    if (secret === undefined) {
      secret = isSecretPlace(path === "" ? key : `${path}.${key}`, key, section, isCollection);
      keys.set(key, secret);
    }
    return secret;
  }
}
