import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import type { KeyRecord } from "../../src/core/key-record.ts";
import { KeyRing } from "../../src/auth/key-ring.ts";
import { sha256 } from "../../src/lib/secret.ts";
import { keyRecord } from "../support/authenticator-of.ts";
import { FakeClock } from "../support/fake-clock.ts";

const clock = new FakeClock();

function ringOf(...records: readonly KeyRecord[]): KeyRing {
  const ring = new KeyRing(clock);
  ring.replace(records);
  return ring;
}

/** The key's name, or why there is none. */
function show(ring: KeyRing, secret: string): string {
  const found = ring.find(createHash("sha256").update(secret).digest());
  return found.kind === "valid" ? found.key.name : found.reason;
}

test("a secret finds its key, whatever the case its digest is written in", () => {
  const ring = ringOf(keyRecord("a", "one"), keyRecord("b", "two", { sha256: sha256("two").toUpperCase() }));
  assert.deepEqual(
    ["one", "two", "three", sha256("one")].map((secret) => show(ring, secret)),
    ["a", "b", "unknown", "unknown"],
  );
});

test("a rotated key's earlier secret is valid until its overlap ends", () => {
  const validUntil = clock.wallTime() + 1_000;
  const ring = ringOf(keyRecord("a", "new", { previous: { sha256: sha256("old"), validUntil } }));
  assert.equal(show(ring, "old"), "a");
  clock.advance(1_000);
  assert.equal(show(ring, "old"), "rotated_out");
  assert.equal(show(ring, "new"), "a");
});

test("a key is valid until it expires or is revoked, both of its secrets", () => {
  const expiresAt = clock.wallTime() + 1_000;
  const previous = { sha256: sha256("old"), validUntil: clock.wallTime() + 90_000 };
  const ring = ringOf(keyRecord("a", "new", { previous, expiresAt }));
  assert.equal(show(ring, "new"), "a");
  clock.advance(1_000);
  assert.equal(show(ring, "new"), "expired");
  assert.equal(show(ring, "old"), "expired");
  ring.replace([keyRecord("a", "new", { previous, revoked: true })]);
  assert.equal(show(ring, "new"), "revoked");
  assert.equal(show(ring, "old"), "revoked");
});

test("a new set of keys takes the place of the old one as a whole", () => {
  const ring = ringOf(keyRecord("a", "one"));
  ring.replace([keyRecord("b", "two")]);
  assert.equal(show(ring, "one"), "unknown");
  assert.equal(show(ring, "two"), "b");
  assert.equal(ring.size, 1);
});

test("the past of one key does not hide the present of another", () => {
  const previous = { sha256: sha256("shared"), validUntil: clock.wallTime() - 1 };
  for (const records of [
    [keyRecord("past", "x", { previous }), keyRecord("present", "shared")],
    [keyRecord("present", "shared"), keyRecord("past", "x", { previous })],
  ]) {
    assert.equal(show(ringOf(...records), "shared"), "present");
  }
});

test("a key without a secret is found by its name alone", () => {
  const ring = ringOf(keyRecord("tokens", "", { sha256: undefined }));
  const found = ring.named("tokens");
  assert.equal(found.kind === "valid" && found.key.name, "tokens");
  assert.equal(show(ring, ""), "unknown");
  assert.equal(ring.named("other").kind, "refused");
});

test("a digest that is none opens nothing", () => {
  const ring = ringOf(keyRecord("a", "", { sha256: "abc" }), keyRecord("b", "", { sha256: "0".repeat(64) }));
  assert.equal(show(ring, "abc"), "unknown");
});

test("a key may call the models that its names and patterns say", () => {
  const found = ringOf(keyRecord("a", "one", { models: ["gpt-4o", "openai/*"] })).named("a");
  assert.ok(found.kind === "valid");
  assert.deepEqual(
    ["gpt-4o", "gpt-4", "openai/x", "openai/", "azure/x", ""].map((model) => found.key.allows(model)),
    [true, false, true, true, false, false],
  );
});
