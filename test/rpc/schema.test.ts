import { ScalarType, type DescMessage } from "@bufbuild/protobuf";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { file_huntgroup_v1_admin } from "../../gen/huntgroup/v1/admin_pb.ts";
import { file_huntgroup_v1_chat } from "../../gen/huntgroup/v1/chat_pb.ts";

const wide: ReadonlySet<ScalarType | undefined> = new Set([
  ScalarType.INT64,
  ScalarType.UINT64,
  ScalarType.SINT64,
  ScalarType.FIXED64,
  ScalarType.SFIXED64,
]);

/** Empty says nothing in these: see rule 2 of chat.proto. */
const implicit: ReadonlySet<string> = new Set(["id", "type", "role", "name", "model", "object", "created"]);

function scalarOf(field: DescMessage["fields"][number]): ScalarType | undefined {
  return field.fieldKind === "message" || field.fieldKind === "enum" ? undefined : field.scalar;
}

describe("the contract keeps its own rules", () => {
  for (const message of file_huntgroup_v1_chat.messages) {
    test(`${message.name} has room for what the schema does not know`, () => {
      const extra = message.fields.find(({ name }) => name === "extra");
      assert.equal(extra?.number, 100);
      assert.equal(extra.message?.typeName, "google.protobuf.Struct");
    });

    test(`${message.name} keeps "not said" and zero apart`, () => {
      for (const field of message.fields) {
        if (field.fieldKind !== "scalar" || implicit.has(field.name)) continue;
        assert.equal(field.proto.proto3Optional, true, field.name);
      }
    });
  }

  test("no 64-bit integer is anywhere: JSON would write it as a string", () => {
    for (const { messages } of [file_huntgroup_v1_chat, file_huntgroup_v1_admin]) {
      for (const message of messages) for (const field of message.fields) assert.ok(!wide.has(scalarOf(field)), field.toString());
    }
  });
});
