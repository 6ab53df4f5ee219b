import type { RoutedDeployment } from "../table/routed-deployment.ts";

/** Says whether a call's tags allow a deployment. */
export type TagFilter = (entry: RoutedDeployment) => boolean;

/** The tag of deployments for calls whose tags no deployment carries, and for calls without tags. */
const defaultTag = "default";

/**
 * What a call's tags allow. Those of its key confine it: its own tags are judged among the deployments that the key's allow, so they narrow
 * and never widen.
 * @param keyTags Of the key, which are among `tags` too.
 */
export function callTagFilter(
  tags: readonly string[],
  keyTags: readonly string[],
  entries: readonly RoutedDeployment[],
  matchAny: boolean,
): TagFilter {
  if (keyTags.length === 0) return tagFilter(tags, entries, matchAny);
  const byKey = tagFilter(keyTags, entries, matchAny);
  const own = tags.filter((tag) => !keyTags.includes(tag));
  if (own.length === 0) return byKey;
  const byCall = tagFilter(own, entries.filter(byKey), matchAny);
  return (entry) => byKey(entry) && byCall(entry);
}

/**
 * LiteLLM's rules. Plain tags: a deployment must carry any of them (or all, by configuration). `&tag` must be carried, `!tag` must not.
 * Where no deployment matches, those tagged `default` serve. A call without tags gets these too, where there are any, else all.
 */
function tagFilter(tags: readonly string[], entries: readonly RoutedDeployment[], matchAny: boolean): TagFilter {
  const required = prefixed(tags, "&");
  const excluded = prefixed(tags, "!");
  const plain = tags.filter((tag) => !/^[&!]/.test(tag));
  const permitted = (entry: RoutedDeployment): boolean => {
    const own = entry.deployment.tags;
    return required.every((tag) => own.includes(tag)) && !excluded.some((tag) => own.includes(tag));
  };
  const isDefault = (entry: RoutedDeployment): boolean => entry.deployment.tags.includes(defaultTag) && !excluded.includes(defaultTag);
  if (plain.length === 0) {
    if (required.length > 0) return permitted;
    const hasDefault = entries.some((entry) => isDefault(entry) && permitted(entry));
    return hasDefault ? (entry) => isDefault(entry) && permitted(entry) : permitted;
  }
  const carries = (entry: RoutedDeployment): boolean => {
    const own = entry.deployment.tags;
    return permitted(entry) && (matchAny ? plain.some((tag) => own.includes(tag)) : plain.every((tag) => own.includes(tag)));
  };
  return entries.some(carries) ? carries : (entry) => isDefault(entry) && permitted(entry);
}

function prefixed(tags: readonly string[], prefix: string): readonly string[] {
  return tags.filter((tag) => tag.startsWith(prefix)).map((tag) => tag.slice(1));
}
