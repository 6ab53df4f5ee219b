/**
 * Whether a JSON text that a provider wrote shows a secret to who reads it: as it stands, or behind an escape of JSON's.
 * @param redact Takes the secrets out of a text.
 * @returns True for what is no JSON.
 */
export function tellsSecret(json: string, redact: (text: string) => string): boolean {
  if (redact(json) !== json) return true;
  // Without escapes, its texts say what they look like.
  if (!json.includes("\\")) return false;
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return true;
  }
  // A list in place of calls within calls: no text is too deep for it.
  const left: unknown[] = [value];
  for (let one = left.pop(); one !== undefined; one = left.pop()) {
    if (typeof one === "string" && redact(one) !== one) return true;
    if (typeof one === "object" && one !== null) for (const [key, inner] of Object.entries(one)) left.push(key, inner);
  }
  return false;
}
