import type { SectionName } from "../settings/setting-spec.ts";
import { isSecretPlace } from "./secrets.ts";

/** Remembers which settings are secret: the entries of a long list have the same few. */
export class SecretNames {
  readonly #known = [new Map<string, Map<string, boolean>>(), new Map<string, Map<string, boolean>>()] as const;

  /**
   * Whether the value of a setting is never shown.
   * @param path Of the map that it stands in.
   * @param section Where that path leads.
   */
  has(name: string, path: string, section: SectionName | undefined, isCollection: boolean): boolean {
    const places = this.#known[isCollection ? 1 : 0];
    const place = section ?? `at ${path}`;
    let names = places.get(place);
    if (names === undefined) places.set(place, (names = new Map()));
    let secret = names.get(name);
    if (secret === undefined) {
      secret = isSecretPlace(path === "" ? name : `${path}.${name}`, name, section, isCollection);
      names.set(name, secret);
    }
    return secret;
  }
}
