import type { JsonMembers } from "../../src/core/provider.ts";
import { anthropic, type Complaint, gemini, googleError, invokeVoice, openAi, statusOf, type Voice, words } from "./native-voices.ts";

/** How hosts speak that have others' APIs behind doors of their own: the answers are the makers', many refusals the hosts'. */

/** What the host itself says; the rest comes from the maker's API behind it. */
const atTheDoor: ReadonlySet<Complaint> = new Set(["key", "model", "limit", "failure", "overload"]);

const azureCodes: Readonly<Partial<Record<Complaint, string>>> = { key: "401", model: "DeploymentNotFound", limit: "RateLimitReached" };

/** Claude in Foundry: Azure keeps the door. */
const foundry: Voice = {
  ...anthropic,
  name: "foundry",
  params: (base) => ({ model: "azure_ai/claude-haiku-4-5", api_base: base, api_key: "for-the-host" }),
  refusal: (complaint) => {
    const code = azureCodes[complaint];
    if (code === undefined) return anthropic.refusal(complaint);
    const { status, headers } = anthropic.refusal(complaint);
    return { status, ...(headers === undefined ? {} : { headers }), body: JSON.stringify({ error: { code, message: words } }) };
  },
};

/** Claude at Bedrock's Mantle: Anthropic's words, and AWS's of the key. */
const mantle: Voice = {
  ...anthropic,
  name: "mantle",
  params: (base) => ({
    model: "bedrock_mantle/anthropic.claude-haiku-4-5",
    api_base: base,
    api_key: "bearer-for-the-host",
    aws_region_name: "us-east-1",
  }),
  refusal: (complaint) =>
    complaint === "key"
      ? { status: 403, body: JSON.stringify({ Message: "The security token is not valid." }) }
      : anthropic.refusal(complaint),
};

const vertexParams =
  (model: string) =>
  (base: string): JsonMembers => ({
    model: `vertex_ai/${model}`,
    // A path of its own would be the model's whole address.
    api_base: base,
    vertex_project: "p1",
    vertex_location: "us-central1",
    extra_headers: { authorization: "Bearer for-the-host" },
  });

/** Google keeps the door: it puts a list around its errors, and knows of no time after which to ask again. */
function googleRefusal(complaint: Complaint, isListed: boolean): ReturnType<Voice["refusal"]> {
  const said = complaint === "key" ? { error: { code: 401, message: words, status: "UNAUTHENTICATED" } } : googleError(complaint);
  return { status: statusOf(complaint), body: JSON.stringify(isListed ? [said] : said) };
}

const vertexSign = 'event: vertex_event\ndata: {"type":"vertex_event"}\n\n';

const vertexClaude: Voice = {
  ...anthropic,
  name: "vertex-claude",
  params: vertexParams("claude-haiku-4-5"),
  limitSaysWhen: false,
  opening: [vertexSign, ...anthropic.opening],
  quiet: [vertexSign, ...anthropic.quiet],
  refusal: (complaint) => (atTheDoor.has(complaint) ? googleRefusal(complaint, false) : anthropic.refusal(complaint)),
};

const vertexGemini: Voice = {
  ...gemini,
  name: "vertex-gemini",
  params: vertexParams("gemini-2.5-flash"),
  limitSaysWhen: false,
  refusal: (complaint) => googleRefusal(complaint, true),
};

const maas: Voice = {
  ...openAi,
  name: "maas",
  params: vertexParams("meta/llama-4-maverick-17b-128e-instruct-maas"),
  limitSaysWhen: false,
  wrongRequest: "400",
  fault: () => `data: ${JSON.stringify([googleError("overload")])}\n\n`,
  refusal: (complaint) => googleRefusal(complaint, true),
};

/** Hosts of others' APIs. */
export const hostedVoices: readonly Voice[] = [invokeVoice, foundry, mantle, vertexClaude, vertexGemini, maas];
