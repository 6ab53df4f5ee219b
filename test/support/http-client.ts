import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import { request as http1Request, type IncomingHttpHeaders } from "node:http";
import { connect as http2Connect, type IncomingHttpStatusHeader } from "node:http2";
import { connect, type Socket } from "node:net";

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface HttpQuestion {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

export type HttpVersion = "http1" | "http2";

/** One request on a connection of its own. */
export function ask(port: number, version: HttpVersion, question: HttpQuestion): Promise<HttpAnswer> {
  return version === "http1" ? askHttp1(port, question) : askHttp2(port, question);
}

function askHttp1(port: number, { method = "GET", path, headers = {}, body }: HttpQuestion): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const request = http1Request({ host: "127.0.0.1", port, method, path, headers, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => (text += chunk));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
      response.on("error", reject);
    });
    request.on("error", reject);
    request.end(body);
  });
}

function askHttp2(port: number, { method = "GET", path, headers = {}, body }: HttpQuestion): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const session = http2Connect(`http://127.0.0.1:${port}`);
    session.on("error", reject);
    const stream = session.request({ ":method": method, ":path": path, ...headers });
    let answer: IncomingHttpHeaders & IncomingHttpStatusHeader = {};
    let text = "";
    stream.on("response", (received) => (answer = received));
    stream.setEncoding("utf8");
    stream.on("data", (chunk: string) => (text += chunk));
    stream.on("error", reject);
    stream.on("end", () => {
      session.close();
      resolve({ status: answer[":status"] ?? 0, headers: answer, text });
    });
    stream.end(body);
  });
}

/** A TCP connection that remembers what it was sent. */
export interface RawConnection {
  readonly socket: Socket;
  /** Everything received so far. */
  readonly received: string;
  /** Waits until what was received matches. */
  until(pattern: RegExp): Promise<string>;
  /** Waits for the server to close, and returns everything received. */
  closed(): Promise<string>;
}

/** The other end of a connection to a server in this process. */
export interface ServerEnd {
  /** Waits until the server has read this many bytes in all. */
  hasRead(bytes: number): Promise<void>;
}

/** Connects such that a test can tell what of the bytes that it sent the server has seen. */
export async function watchedConnection(port: number): Promise<RawConnection & ServerEnd> {
  const accepted: Socket[] = [];
  const onAccepted = (message: unknown) => accepted.push((message as { socket: Socket }).socket);
  subscribe("net.server.socket", onAccepted);
  const connection = await rawConnection(port);
  const { localPort } = connection.socket;
  let serverEnd: Socket | undefined;
  while (serverEnd === undefined) {
    await nextTurn();
    serverEnd = accepted.find((socket) => socket.remotePort === localPort);
  }
  unsubscribe("net.server.socket", onAccepted);
  const found = serverEnd;
  const seen = () => (found.destroyed ? Infinity : found.bytesRead);
  return Object.assign(connection, {
    async hasRead(bytes: number) {
      while (seen() < bytes) await nextTurn();
    },
  });
}

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

export async function rawConnection(port: number): Promise<RawConnection> {
  const socket = connect(port, "127.0.0.1");
  socket.setNoDelay(true);
  await once(socket, "connect");
  let received = "";
  let gone = false;
  socket.setEncoding("latin1");
  socket.on("data", (chunk: string) => (received += chunk));
  socket.on("error", () => undefined);
  socket.on("close", () => (gone = true));
  return {
    socket,
    get received() {
      return received;
    },
    async until(pattern) {
      while (!pattern.test(received)) {
        if (gone) throw new Error(`The connection was closed after ${JSON.stringify(received)}`);
        await Promise.race([once(socket, "data"), once(socket, "close")]);
      }
      return received;
    },
    async closed() {
      if (!gone) await once(socket, "close");
      return received;
    },
  };
}

/** The `error` object of an OpenAI error body. */
export function errorOf(answer: HttpAnswer): { message: string; type: string; param: string | null; code: string | null } {
  return (JSON.parse(answer.text) as { error: { message: string; type: string; param: string | null; code: string | null } }).error;
}
