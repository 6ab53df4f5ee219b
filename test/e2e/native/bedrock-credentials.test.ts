import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { type RunningTestService, startService } from "../../support/start-service.ts";
import { type FakeAnswer, type FakeAws, faultOf, type HeardRequest, listenAsAws, stsAnswer } from "../../providers/bedrock/fake-aws.ts";
import { exampleKeys, type SigningPair } from "../../providers/bedrock/support.ts";

/** The whole service with a deployment whose keys are a role's: a service of tokens, and a host that checks signatures as AWS does. */

const region = "eu-central-1";
const role = "arn:aws:iam::123456789012:role/callers";

/** Frames of AWS's own codec: messageStart, contentBlockDelta with "Hi", messageStop. */
const frames = Buffer.from(
  "000000760000005296d5fade0d3a6d6573736167652d747970650700056576656e740b3a6576656e742d7479706507000c6d65737361676553746172740d3a636f6e74656e742d747970650700106170706c69636174696f6e2f6a736f6e7b22726f6c65223a22617373697374616e74227d1cc6be18" +
    "0000009d00000057b9bbf89f0d3a6d6573736167652d747970650700056576656e740b3a6576656e742d74797065070011636f6e74656e74426c6f636b44656c74610d3a636f6e74656e742d747970650700106170706c69636174696f6e2f6a736f6e7b22636f6e74656e74426c6f636b496e646578223a302c2264656c7461223a7b2274657874223a224869227d2c2270223a226162227d302d70ec" +
    "0000007a00000051ca2c46650d3a6d6573736167652d747970650700056576656e740b3a6576656e742d7479706507000b6d65737361676553746f700d3a636f6e74656e742d747970650700106170706c69636174696f6e2f6a736f6e7b2273746f70526561736f6e223a22656e645f7475726e227d3dc33bfa",
  "hex",
);
const reply = {
  output: { message: { role: "assistant", content: [{ text: "Hello" }] } },
  stopReason: "end_turn",
  usage: { inputTokens: 3, outputTokens: 1, totalTokens: 4 },
};

let sts: FakeAws;
let aws: FakeAws;
let service: RunningTestService | undefined;
/** All that the service of tokens gave, and what of it is over. */
let given: SigningPair[] = [];
let isOver: (id: string) => boolean = () => false;

async function judge(request: HeardRequest, origin: string): Promise<FakeAnswer> {
  const id = /Credential=([^/]+)/.exec(request.headers.authorization ?? "")?.[1] ?? "";
  const refusal = isOver(id)
    ? { type: "ExpiredTokenException", message: "The security token included in the request is expired" }
    : await faultOf(request, origin, { region, service: "bedrock", keys: given, wallTime: () => Date.now() });
  if (refusal !== undefined)
    return { status: 403, headers: { "x-amzn-errortype": refusal.type }, body: JSON.stringify({ message: refusal.message }) };
  if (request.path.endsWith("/converse-stream")) return { status: 200, type: "application/vnd.amazon.eventstream", body: frames };
  return { status: 200, body: JSON.stringify(reply) };
}

function started(): Promise<RunningTestService> {
  return startService(`
model_list:
  - model_name: claude
    litellm_params:
      model: bedrock/eu.anthropic.claude-haiku-4-5-20251001-v1:0
      aws_region_name: ${region}
      aws_bedrock_runtime_endpoint: ${aws.origin}
      aws_role_name: ${role}
      aws_access_key_id: ${exampleKeys.accessKeyId}
      aws_secret_access_key: ${exampleKeys.secretAccessKey}
      aws_sts_endpoint: ${sts.origin}
      cooldown_time: 0
router_settings: {num_retries: 0}
`);
}

async function ask({ origin }: RunningTestService, more: Readonly<Record<string, boolean>> = {}) {
  const body = JSON.stringify({ model: "claude", messages: [{ role: "user", content: "hi" }], ...more });
  const response = await fetch(`${origin}/v1/chat/completions`, { method: "POST", headers: { "content-type": "application/json" }, body });
  return { status: response.status, text: await response.text() };
}

/** Hooks of the suites that call it, and of no other file that shares a process with this one. */
function withServices(): void {
  before(async () => {
    aws = await listenAsAws(judge);
  });
  after(() => aws.close());
  beforeEach(async () => {
    given = [];
    isOver = () => false;
    sts = await listenAsAws(({ body }) => {
      const id = given.length + 1;
      const keys = { accessKeyId: `ASIAROLE${id}`, secretAccessKey: `role/secret-${id}`, sessionToken: `role/token-${id}==0123456789` };
      given.push(keys);
      return stsAnswer(new URLSearchParams(body.toString()).get("Action") ?? "", keys, Date.now() + 3_600_000);
    });
  });
  afterEach(async () => {
    await service?.stop();
    await sts.close();
  });
}

describe("a deployment at Bedrock whose keys are a role's", () => {
  withServices();

  it("has its keys before the first call, which is signed as AWS wants it", async () => {
    service = await started();
    assert.equal(sts.heard.length, 1);
    const { status, text } = await ask(service);
    assert.equal(status, 200, text);
    assert.equal((JSON.parse(text) as { choices: { message: { content: string } }[] }).choices[0]?.message.content, "Hello");
    const streamed = await ask(service, { stream: true });
    assert.match(streamed.text, /"content":"Hi"/);
    assert.match(streamed.text, /data: \[DONE\]\n\n$/);
  });

  it("fetches keys once anew when 500 calls hear at the same time that theirs are over, and all of them are answered", async () => {
    service = await started();
    const running = service;
    isOver = (id) => id === "ASIAROLE1";
    const answers = await Promise.all(Array.from({ length: 500 }, (_, index) => ask(running, { stream: index % 2 === 0 })));
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
    for (const { text } of answers) assert.match(text, /"content":"H(?:i|ello)"/);
    assert.equal(sts.heard.length, 2);
  });

  it("tells callers of a second refusal, without a secret", async () => {
    service = await started();
    isOver = () => true;
    const { status, text } = await ask(service);
    assert.equal(status, 502);
    assert.match(text, /was refused by its provider/);
    assert.doesNotMatch(text, /role\/token|role\/secret|wJalr/);
    assert.equal(sts.heard.length, 2);
  });
});
