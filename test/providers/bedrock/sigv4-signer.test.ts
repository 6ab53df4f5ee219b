import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RouterError } from "../../../src/core/errors.ts";
import type { UpstreamRequest } from "../../../src/core/upstream.ts";
import { seededRandom } from "../../../src/lib/random.ts";
import { fixedKeys, type AwsKeys } from "../../../src/providers/bedrock/aws-keys.ts";
import { SigV4Signer } from "../../../src/providers/bedrock/sigv4-signer.ts";
import { exampleKeys, officialSignature } from "./support.ts";

const bedrock = { region: "us-east-1", service: "bedrock" };
const exampleDate = Date.UTC(2026, 0, 2, 3, 4, 5);

const example: UpstreamRequest = {
  method: "POST",
  origin: "https://bedrock-runtime.us-east-1.amazonaws.com",
  path: "/model/us.anthropic.claude-haiku-4-5-20251001-v1%3A0/converse",
  headers: { "content-type": "application/json" },
  body: [Buffer.from('{"messages":[{"role":"user","content":[{"text":"hi"}]}]}')],
};

function signed(signer: SigV4Signer, request: UpstreamRequest): UpstreamRequest {
  const result = signer.sign(request);
  assert.ok(!(result instanceof RouterError));
  return result;
}

describe("the signer of AWS requests", () => {
  it("makes the signature of the known example", () => {
    const signer = new SigV4Signer(fixedKeys({ ...exampleKeys, sessionToken: "TOKEN" }), bedrock, () => exampleDate);
    const { headers } = signed(signer, example);
    assert.deepEqual(headers, {
      "content-type": "application/json",
      "x-amz-date": "20260102T030405Z",
      "x-amz-content-sha256": "c3335e07d6e89650bf94cb98664be69f8774dbc3198df221f113db0a59ea14f0",
      "x-amz-security-token": "TOKEN",
      authorization:
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/us-east-1/bedrock/aws4_request, SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token, Signature=6cec2c4eee653355e0759b9406c701d3677eba535f0cfba996353ae06a6a21f1",
    });
  });

  it("signs 10,000 random requests as AWS's own signer does", async () => {
    const random = seededRandom(20_261_130);
    const below = (count: number): number => Math.floor(random.next() * count);
    const one = <Value>(...of: readonly Value[]): Value => of[below(of.length)] as Value;
    const letters = Array.from("abcXYZ019-._~%:/+ ()!'*@äß漢字🙂\"\\=&?#");
    const word = (most: number): string => Array.from({ length: below(most) }, () => one(...letters)).join("");
    const id = (): string =>
      one(
        "anthropic.claude-v2:1",
        "us.anthropic.claude-haiku-4-5-20251001-v1:0",
        `arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/${word(12)}`,
        `arn:aws-us-gov:bedrock:us-gov-west-1:123456789012:provisioned-model/a/b/${word(9)}`,
        word(30),
      );
    for (let count = 0; count < 10_000; count++) {
      const keys: AwsKeys = {
        accessKeyId: `AKIA${below(1e9)}`,
        secretAccessKey: word(40),
        sessionToken: one(undefined, `token/${below(1e9)}+=`),
      };
      const date = new Date(Date.UTC(2020 + below(20), below(12), 1 + below(28), below(24), below(60), below(60), below(1000)));
      const region = one("us-east-1", "eu-central-1", "cn-north-1", "us-gov-west-1");
      const service = one("bedrock", "sts");
      const query = one("", "", "", `?a=${encodeURIComponent(word(8))}&b=${below(9)}`);
      const pieces = Array.from({ length: below(4) }, () => Buffer.from(word(300)));
      const request: UpstreamRequest = {
        method: one("POST", "GET"),
        origin: one(`https://bedrock-runtime.${region}.amazonaws.com`, "http://127.0.0.1:8123", "https://vpce-0a.example:8443"),
        path: `${one("", "/base", "/a//b", "/x/../y")}/model/${encodeURIComponent(id())}/${one("converse", "converse-stream", "invoke", "")}${query}`,
        headers: { "content-type": one("application/json", " application/x-www-form-urlencoded;  charset=utf-8 ") },
        body: pieces,
      };
      const signer = new SigV4Signer(fixedKeys(keys), { region, service }, () => date.getTime());
      const { headers } = signed(signer, { ...request, headers: { ...request.headers, "x-team": "blue" } });
      // oxlint-disable-next-line no-await-in-loop
      assert.equal(headers["authorization"], await officialSignature(request, { region, service, keys, date }), request.path);
    }
  });

  it("signs no header that a proxy may change, and leaves all of them in place", () => {
    const signer = new SigV4Signer(fixedKeys({ ...exampleKeys, sessionToken: undefined }), bedrock, () => exampleDate);
    const plain = signed(signer, example);
    const more = signed(signer, { ...example, headers: { ...example.headers, "x-team": "blue", traceparent: "00-1-2-01", accept: "*/*" } });
    assert.equal(more.headers["authorization"], plain.headers["authorization"]);
    assert.equal(more.headers["x-team"], "blue");
    assert.equal(more.headers["x-amz-security-token"], undefined);
  });

  it("makes the key anew for the next day, and for other keys", async () => {
    let now = Date.UTC(2026, 0, 2, 23, 59, 59, 999);
    let keys: AwsKeys = { ...exampleKeys, sessionToken: undefined };
    const signer = new SigV4Signer({ current: () => keys, refused: () => {} }, bedrock, () => now);
    const check = async (): Promise<void> => {
      const { headers } = signed(signer, example);
      assert.equal(headers["authorization"], await officialSignature(example, { ...bedrock, keys, date: new Date(now) }));
    };
    await check();
    now += 1;
    await check();
    keys = { accessKeyId: "AKIDOTHER", secretAccessKey: "other", sessionToken: "one" };
    await check();
    keys = { ...keys, sessionToken: "two" };
    await check();
  });

  it("fails while there are no keys, and says of which keys were refused", () => {
    const error = new RouterError("upstream_auth", "Still waiting.");
    const none = new SigV4Signer({ current: () => error, refused: () => assert.fail("nothing was signed") }, bedrock, () => exampleDate);
    assert.equal(none.sign(example), error);
    none.refused();
    const refused: AwsKeys[] = [];
    const keys = { ...exampleKeys, sessionToken: undefined };
    const signer = new SigV4Signer({ current: () => keys, refused: (one) => refused.push(one) }, bedrock, () => exampleDate);
    signed(signer, example);
    signer.refused();
    assert.deepEqual(refused, [keys]);
  });
});
