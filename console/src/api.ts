import { createClient, type Client, type Interceptor } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-web";
import { AdminService } from "../../gen/huntgroup/v1/admin_pb.ts";
import { ChatService } from "../../gen/huntgroup/v1/chat_pb.ts";

/** The server that this page came from. */
export interface Api {
  readonly admin: Client<typeof AdminService>;
  readonly chat: Client<typeof ChatService>;
}

/** @param key Omit it for a server without a master key. */
export function createApi(key: string | undefined): Api {
  const withKey: Interceptor = (next) => (request) => {
    if (key !== undefined) request.header.set("authorization", `Bearer ${key}`);
    return next(request);
  };
  // One step above the page, wherever a proxy has put it.
  const baseUrl = new URL("..", document.baseURI).href.replace(/\/$/, "");
  const transport = createConnectTransport({ baseUrl, useBinaryFormat: true, interceptors: [withKey] });
  return { admin: createClient(AdminService, transport), chat: createClient(ChatService, transport) };
}
