import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import type { Client } from "@connectrpc/connect";
import type { AdminService } from "../../../gen/huntgroup/v1/admin_pb.ts";
import type { CliIo } from "./io.ts";
import type { TablePage } from "../render/table.ts";

/** What a command has of the server that it asks. */
export interface Session {
  readonly client: Client<typeof AdminService>;
  readonly url: string;
  /** The state that a change is meant for; empty for any. */
  readonly etag: string;
  readonly json: boolean;
  readonly io: CliIo;
  /** How wide and in which colours tables are drawn. Asked for each table: a terminal may change its size. */
  page(): TablePage;
  /** Prints an answer: as one line of JSON with `--json`, otherwise as `text` gives it. */
  answer<Desc extends DescMessage>(schema: Desc, message: MessageShape<Desc>, text: () => string): void;
  /** Puts what the client threw into a sentence. */
  explain(error: unknown): { readonly message: string; /** Whether the server may well answer later. */ readonly passing: boolean };
}
