import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { SealedIds } from "../../src/auth/sealed-ids.ts";

const ids = new SealedIds(Buffer.alloc(32, 1));
const pinned = { deploymentId: "a", model: "gpt", id: "resp_abc" };

describe("sealed ids", () => {
  it("an id says what it stands for, to the caller that it was made for, in any process of the same secret", () => {
    const id = ids.seal("resp_", pinned, "team");
    assert.match(id, /^resp_[\w-]+$/);
    assert.deepEqual(new SealedIds(Buffer.alloc(32, 1)).open("resp_", id, "team"), pinned);
  });

  it("another caller, another secret, another kind and an id of the provider's own lead nowhere", () => {
    const id = ids.seal("resp_", pinned, "team");
    assert.equal(ids.open("resp_", id, "other"), undefined);
    assert.equal(ids.open("resp_", id, undefined), undefined);
    assert.equal(new SealedIds(Buffer.alloc(32, 2)).open("resp_", id, "team"), undefined);
    assert.equal(ids.open("file-", id.replace("resp_", "file-"), "team"), undefined);
    for (const other of ["", "resp_", "resp_1", "resp_abc", "resp_1AAAA", `resp_1${"A".repeat(10_000)}`]) {
      assert.equal(ids.open("resp_", other, "team"), undefined, other.slice(0, 20));
    }
  });

  it("any change of an id is seen", () => {
    const id = ids.seal("resp_", pinned, undefined);
    const bytes = Buffer.from(id.slice("resp_1".length), "base64url");
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = Buffer.from(bytes);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      assert.equal(ids.open("resp_", `resp_1${changed.toString("base64url")}`, undefined), undefined, `bit ${bit}`);
    }
  });

  it("an id has one spelling: with anything before, in or behind it, it leads nowhere", () => {
    const id = ids.seal("resp_", pinned, undefined);
    for (const odd of ["=", "==", "!", "?x=1", "#x", "/../x", "/", " ", "\0", "\r\n", "%2f", "é"]) {
      for (const other of [id + odd, `resp_1${odd}${id.slice(6)}`, id.slice(0, 20) + odd + id.slice(20), odd + id]) {
        assert.equal(ids.open("resp_", other, undefined), undefined, JSON.stringify(other));
      }
    }
    const [last = ""] = id.slice(-1);
    const others = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".split("").filter((one) => one !== last);
    for (const other of others) assert.equal(ids.open("resp_", id.slice(0, -1) + other, undefined), undefined, other);
  });

  it("an id of a provider's own that cannot stand in a path as it is leads nowhere", () => {
    for (const id of [".", "..", "file-\ud800"]) {
      assert.equal(ids.open("file-", ids.seal("file-", { ...pinned, id }, undefined), undefined), undefined, id);
    }
    for (const id of ["", "...", "file-/../x?y#z"]) {
      assert.equal(ids.open("file-", ids.seal("file-", { ...pinned, id }, undefined), undefined)?.id, id);
    }
  });

  it("any names come back", () => {
    const text = fc.string({ unit: "grapheme", maxLength: 40 });
    // The two that cannot stand in a path lead nowhere.
    const ownId = text.filter((id) => id !== "." && id !== "..");
    fc.assert(
      fc.property(text, text, ownId, fc.option(text, { nil: undefined }), (deploymentId, model, id, caller) => {
        const one = { deploymentId, model, id };
        assert.deepEqual(ids.open("x_", ids.seal("x_", one, caller), caller), one);
      }),
    );
  });
});
