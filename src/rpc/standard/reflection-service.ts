import { toBinary, type DescExtension, type DescField, type DescFile, type DescMessage } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { Code, type ServiceImpl } from "@connectrpc/connect";
import type {
  ServerReflection as ServerReflectionV1,
  ServerReflectionRequest as RequestV1,
} from "../../../gen/grpc/reflection/v1/reflection_pb.ts";
import type {
  ServerReflection as ServerReflectionV1Alpha,
  ServerReflectionRequest as RequestV1Alpha,
} from "../../../gen/grpc/reflection/v1alpha/reflection_pb.ts";

/** The two versions differ in their package only. */
type Question = RequestV1["messageRequest"] | RequestV1Alpha["messageRequest"];
type Answer =
  | { readonly case: "fileDescriptorResponse"; readonly value: { readonly fileDescriptorProto: Uint8Array[] } }
  | {
      readonly case: "allExtensionNumbersResponse";
      readonly value: { readonly baseTypeName: string; readonly extensionNumber: number[] };
    }
  | { readonly case: "listServicesResponse"; readonly value: { readonly service: { readonly name: string }[] } }
  | { readonly case: "errorResponse"; readonly value: { readonly errorCode: number; readonly errorMessage: string } };

/** A server's contract, indexed for questions. */
interface Contract {
  readonly serviceNames: readonly string[];
  readonly filesByPath: ReadonlyMap<string, DescFile>;
  /** By the full name of everything that a file declares. */
  readonly filesBySymbol: ReadonlyMap<string, DescFile>;
  readonly extensions: readonly DescExtension[];
}

/** grpc.reflection in both of its versions. @param files Those that declare the server's services. What they import is added. */
export function createReflectionServices(files: readonly DescFile[]): {
  readonly v1: ServiceImpl<typeof ServerReflectionV1>;
  readonly v1alpha: ServiceImpl<typeof ServerReflectionV1Alpha>;
} {
  const contract = index(files);
  return {
    v1: {
      async *serverReflectionInfo(requests) {
        for await (const request of requests) {
          const messageResponse = answer(contract, request.messageRequest);
          yield { validHost: request.host, originalRequest: request, messageResponse };
        }
      },
    },
    v1alpha: {
      async *serverReflectionInfo(requests) {
        for await (const request of requests) {
          const messageResponse = answer(contract, request.messageRequest);
          yield { validHost: request.host, originalRequest: request, messageResponse };
        }
      },
    },
  };
}

function answer(contract: Contract, question: Question): Answer {
  switch (question.case) {
    case "listServices":
      return { case: "listServicesResponse", value: { service: contract.serviceNames.map((name) => ({ name })) } };
    case "fileByFilename":
      return fileAnswer(contract.filesByPath.get(question.value), `file "${question.value}"`);
    case "fileContainingSymbol":
      return fileAnswer(contract.filesBySymbol.get(question.value.replace(/^\./, "")), `symbol "${question.value}"`);
    case "fileContainingExtension": {
      const { containingType, extensionNumber } = question.value;
      const found = contract.extensions.find(({ extendee, number }) => extendee.typeName === containingType && number === extensionNumber);
      return fileAnswer(found?.file, `extension ${extensionNumber} of "${containingType}"`);
    }
    case "allExtensionNumbersOfType": {
      const baseTypeName = question.value;
      if (!contract.filesBySymbol.has(baseTypeName)) return errorAnswer(Code.NotFound, `This server has no type "${baseTypeName}".`);
      const extensionNumber = contract.extensions.filter(({ extendee }) => extendee.typeName === baseTypeName).map(({ number }) => number);
      return { case: "allExtensionNumbersResponse", value: { baseTypeName, extensionNumber } };
    }
    case undefined:
      return errorAnswer(Code.InvalidArgument, "The request asks nothing that this server understands.");
    default:
      return question satisfies never;
  }
}

function fileAnswer(file: DescFile | undefined, what: string): Answer {
  if (file === undefined) return errorAnswer(Code.NotFound, `This server has no ${what}.`);
  const fileDescriptorProto = withImports([file]).map(({ proto }) => toBinary(FileDescriptorProtoSchema, proto));
  return { case: "fileDescriptorResponse", value: { fileDescriptorProto } };
}

function errorAnswer(errorCode: Code, errorMessage: string): Answer {
  return { case: "errorResponse", value: { errorCode, errorMessage } };
}

function index(files: readonly DescFile[]): Contract {
  const all = withImports(files);
  const filesBySymbol = new Map<string, DescFile>();
  const extensions: DescExtension[] = [];
  for (const file of all) {
    for (const name of symbolsOf(file)) filesBySymbol.set(name, file);
    extensions.push(...file.extensions, ...file.messages.flatMap(nestedExtensions));
  }
  const serviceNames = files.flatMap(({ services }) => services.map(({ typeName }) => typeName));
  return { serviceNames, filesByPath: new Map(all.map((file) => [file.proto.name, file])), filesBySymbol, extensions };
}

/** The files and everything that they import, directly or not, each once. The given files come first. */
function withImports(files: readonly DescFile[]): readonly DescFile[] {
  const all = new Set(files);
  // A set's iteration reaches what is added on the way.
  for (const file of all) for (const imported of file.dependencies) all.add(imported);
  return [...all];
}

function* symbolsOf(file: DescFile): Generator<string> {
  for (const service of file.services) {
    yield service.typeName;
    for (const method of service.methods) yield `${service.typeName}.${method.name}`;
  }
  yield* typeSymbols(file);
}

function* typeSymbols(scope: DescFile | DescMessage): Generator<string> {
  const enums = scope.kind === "file" ? scope.enums : scope.nestedEnums;
  for (const { typeName, values, parent, file } of enums) {
    yield typeName;
    // The values of an enum are declared beside it, not within it.
    const prefix = parent?.typeName ?? file.proto.package;
    for (const { name } of values) yield prefix === "" ? name : `${prefix}.${name}`;
  }
  for (const { typeName } of scope.kind === "file" ? scope.extensions : scope.nestedExtensions) yield typeName;
  for (const message of scope.kind === "file" ? scope.messages : scope.nestedMessages) {
    yield message.typeName;
    for (const { name } of membersOf(message)) yield `${message.typeName}.${name}`;
    yield* typeSymbols(message);
  }
}

function membersOf(message: DescMessage): readonly (DescField | DescMessage["oneofs"][number])[] {
  return [...message.fields, ...message.oneofs];
}

function nestedExtensions(message: DescMessage): readonly DescExtension[] {
  return [...message.nestedExtensions, ...message.nestedMessages.flatMap(nestedExtensions)];
}
