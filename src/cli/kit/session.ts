import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import type { Client } from "@connectrpc/connect";
import type { AdminService } from "../../../gen/huntgroup/v1/admin_pb.ts";
import type { CliIo } from "./io.ts";
import type { TablePage } from "../render/table.ts";

/** A command's dealings with one server. */
export interface Session {
  readonly client: Client<typeof AdminService>;
  readonly url: string;
  /** The state that a change is meant for; empty: any. */
  readonly etag: string;
  readonly json: boolean;
  readonly io: CliIo;
  /** What tables are made for: asked anew each time, a terminal changes its size. */
  page(): TablePage;
  /** Shows an answer: as one line of JSON, or as the text says it. */
  answer<Desc extends DescMessage>(schema: Desc, message: MessageShape<Desc>, text: () => string): void;
  /** What the client threw, in a sentence. */
  explain(error: unknown): { readonly message: string; /** Whether the server may well answer later. */ readonly passing: boolean };
}
