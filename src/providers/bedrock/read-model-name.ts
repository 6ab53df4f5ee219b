/** How a model is asked: by Converse, by its maker's own request, in OpenAI's format, or at Mantle's host. */
export type BedrockRoute = "converse" | "invoke" | "chat_completions" | "mantle";

/** The part of `litellm_params.model` behind `bedrock/`, taken apart. */
export interface BedrockModelName {
  /** Undefined where the name does not say. */
  readonly route: BedrockRoute | undefined;
  readonly region: string | undefined;
  /** As AWS knows it: the id of a model or of an inference profile, or an ARN. */
  readonly id: string;
  /** A kind of thing that the name leads to and that is no model (`agent`). */
  readonly other: string | undefined;
}

const routes: Readonly<Record<string, BedrockRoute>> = {
  converse: "converse",
  invoke: "invoke",
  chat_completions: "chat_completions",
  mantle: "mantle",
};

/** Words that LiteLLM puts before ARNs to say how their model is to be asked by InvokeModel. Converse asks all of them alike. */
const kindsOfModels: ReadonlySet<string> = new Set(["nova", "nova-2", "llama", "deepseek_r1", "qwen2", "qwen3", "moonshot", "openai"]);
const others: ReadonlySet<string> = new Set(["agent", "agentcore", "async_invoke", "claude_platform", "converse_like"]);
const regionName = /^[a-z]{2,4}(?:-[a-z]+)+-\d{1,2}$/;
const commitment = /^\d+-month-commitment$/;

export function isRegion(text: string): boolean {
  return regionName.test(text);
}

/** Takes a model's name apart: `invoke/eu-west-1/anthropic.claude-v2:1:51k` and the like. */
export function readModelName(model: string): BedrockModelName {
  let rest = model;
  let route: BedrockRoute | undefined;
  let region: string | undefined;
  for (;;) {
    const slash = rest.startsWith("arn:") ? -1 : rest.indexOf("/");
    if (slash === -1) break;
    const head = rest.slice(0, slash);
    if (others.has(head)) return { route, region, id: rest, other: head };
    if (Object.hasOwn(routes, head)) route ??= routes[head];
    else if (isRegion(head)) region ??= head;
    else if (!kindsOfModels.has(head) && !commitment.test(head)) break;
    rest = rest.slice(slash + 1);
  }
  // How much of its context is wanted is LiteLLM's to say, in names of prices; AWS does not know it.
  return { route, region, id: rest.replace(/\[\w+\]$/, "").replace(/(:\d+):\d+k$/, "$1"), other: undefined };
}

/** The region that an ARN names: `arn:aws:bedrock:eu-west-1:…`. */
export function regionOfArn(id: string): string | undefined {
  if (!id.startsWith("arn:")) return undefined;
  const region = id.split(":")[3];
  return region !== undefined && isRegion(region) ? region : undefined;
}
