import { Client, credentials, Metadata, type CallOptions, type ClientReadableStream, type ServiceError } from "@grpc/grpc-js";
import { loadSync, type MethodDefinition, type ServiceDefinition } from "@grpc/proto-loader";
import { fileURLToPath } from "node:url";

/** A message as this foreign client reads it: field names as in the proto files, enums by name. */
export type GrpcMessage = Readonly<Record<string, unknown>>;

type Method = MethodDefinition<object, object>;

const definitions = loadSync(["huntgroup/v1/chat.proto", "huntgroup/v1/admin.proto", "grpc/health/v1/health.proto"], {
  includeDirs: [fileURLToPath(new URL("../../proto", import.meta.url))],
  keepCase: true,
  enums: String,
});

/** A gRPC client of another make, which knows nothing of this program but its proto files. */
export class GrpcClient {
  readonly #client: Client;
  readonly #metadata = new Metadata();

  /**
   * @param port On this machine, or a whole address: `unix:/run/router.sock`.
   * @param key Shown with every call, where given.
   * @param rootCertificate PEM. Makes the client speak TLS.
   * @param own The certificate that it shows.
   */
  constructor(port: number | string, key?: string, rootCertificate?: Buffer, own?: { readonly cert: string; readonly key: string }) {
    const shown = own === undefined ? ([] as const) : ([Buffer.from(own.key), Buffer.from(own.cert)] as const);
    const channel = rootCertificate === undefined ? credentials.createInsecure() : credentials.createSsl(rootCertificate, ...shown);
    // A certificate is checked against a name, which an address is not.
    const options = rootCertificate === undefined ? {} : { "grpc.ssl_target_name_override": "localhost" };
    this.#client = new Client(typeof port === "string" ? port : `127.0.0.1:${port}`, channel, options);
    if (key !== undefined) this.#metadata.set("authorization", `Bearer ${key}`);
  }

  /** Rejects with a {@link ServiceError}. @param path `huntgroup.v1.ChatService/ChatCompletion` */
  unary(path: string, message: object, options: CallOptions = {}): Promise<GrpcMessage> {
    const { path: wirePath, requestSerialize, responseDeserialize } = methodAt(path);
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(
        wirePath,
        requestSerialize,
        responseDeserialize,
        message,
        this.#metadata,
        options,
        (error, response) => {
          if (error === null && response !== undefined) resolve(response as GrpcMessage);
          else reject(error ?? new Error("neither an error nor a response"));
        },
      );
    });
  }

  stream(path: string, message: object, options: CallOptions = {}): ClientReadableStream<GrpcMessage> {
    const { path: wirePath, requestSerialize, responseDeserialize } = methodAt(path);
    const read = (bytes: Buffer): GrpcMessage => responseDeserialize(bytes) as GrpcMessage;
    return this.#client.makeServerStreamRequest(wirePath, requestSerialize, read, message, this.#metadata, options);
  }

  close(): void {
    this.#client.close();
  }
}

/** The error that a call is expected to fail with. */
export async function grpcFailure(call: Promise<unknown>): Promise<ServiceError> {
  const outcome = await call.then(
    () => undefined,
    (error: ServiceError) => error,
  );
  if (outcome === undefined) throw new Error("the call succeeded");
  return outcome;
}

/** A user's message with text for content. Content is a union in OpenAI's schema, so a `google.protobuf.Value` here. */
export function grpcChat(model: string, text: string): object {
  return { model, messages: [{ role: "user", content: { stringValue: text } }] };
}

function methodAt(path: string): Method {
  const [service = "", method = ""] = path.split("/");
  const found = (definitions[service] as ServiceDefinition | undefined)?.[method];
  if (found === undefined) throw new Error(`no method ${path} in the proto files`);
  return found;
}
