/** What separates a call's id from Gemini's proof of the thinking behind it, which neither blocks of a message nor items of a response have a place for. */
export const proofMark = "__thought__";

/**
 * The id of a call as a caller of Messages gets it. The proof, which may be in the id already, is spelled so that all of it is an id that
 * Anthropic takes: clients put an underscore in place of every other character.
 */
export function withProof(id: string, proof: string | undefined): string {
  const [bare = "", ...inId] = id.split(proofMark);
  const known = inId.length > 0 ? inId.join(proofMark) : proof;
  if (known === undefined) return id;
  const spelled = known.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
  return restored(spelled) === known ? bare + proofMark + spelled : id;
}

/** A call's id, and the proof that {@link withProof} has put behind it. */
export function splitProof(text: string): { readonly id: string; readonly proof: string | undefined } {
  const at = text.indexOf(proofMark);
  if (at === -1) return { id: text, proof: undefined };
  const proof = restored(text.slice(at + proofMark.length));
  return { id: text.slice(0, at), proof: proof === "" ? undefined : proof };
}

function restored(spelled: string): string {
  const plain = spelled.replaceAll("-", "+").replaceAll("_", "/");
  return plain + "=".repeat(plain.endsWith("=") ? 0 : (4 - (plain.length % 4)) % 4);
}
