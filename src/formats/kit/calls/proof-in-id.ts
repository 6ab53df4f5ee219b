/** What separates a call's id from Gemini's proof of the thinking behind it, which neither blocks of a message nor items of a response have a place for. */
export const proofMark = "__thought__";

/** The id of a call as a caller of Messages gets it. The proof is spelled so that all of it is an id that Anthropic takes. */
export function withProof(id: string, proof: string | undefined): string {
  if (proof === undefined || id.includes(proofMark)) return id;
  const spelled = proof.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
  return restored(spelled) === proof ? id + proofMark + spelled : id;
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
