import { Code, ConnectError } from "@connectrpc/connect";

/** Explains an error in a sentence for the operator. Never holds the key: messages come from the server, which tells no secrets. */
export function sentence(error: unknown): string {
  const { code, rawMessage } = ConnectError.from(error);
  switch (code) {
    case Code.Unauthenticated:
      // The server's message says how programs send a key, which does not help a person who has typed one.
      return full(
        rawMessage.replace(/ Send it as .*$/, "").replace(/^The key in the header "[^"]*"/, "The key"),
        "The server asks for a key.",
      );
    case Code.PermissionDenied:
      return full(rawMessage, "This key may not operate the router: the master key is needed.");
    case Code.Unimplemented:
      return "This server does not know how to do that: it is older than this console.";
    case Code.Aborted:
      return full(
        rawMessage,
        "Something else was changed in the meantime; nothing was done. Look again, and repeat it if it is still right.",
      );
    case Code.DeadlineExceeded:
      return full(rawMessage, "The server did not answer in time.");
    case Code.Unknown:
    case Code.Unavailable:
      // Each browser has its own words for a lost connection, and none of them helps.
      return isNetworkFault(error) ? "The server cannot be reached." : full(rawMessage, "The server cannot answer now.");
    default:
      return full(rawMessage, "The server refused.");
  }
}

/** Tells whether there was no answer at all. */
export function isNetworkFault(error: unknown): boolean {
  const { code, cause } = ConnectError.from(error);
  return (
    cause instanceof TypeError ||
    (cause === undefined && error instanceof TypeError) ||
    (code === Code.Unknown && cause instanceof DOMException)
  );
}

/** Tells whether another key is needed. */
export function isRefusal(error: unknown): boolean {
  const { code } = ConnectError.from(error);
  return code === Code.Unauthenticated || code === Code.PermissionDenied;
}

/** Tells whether the server does not have the method that was called. */
export function isUnimplemented(error: unknown): boolean {
  return ConnectError.from(error).code === Code.Unimplemented;
}

function full(message: string, otherwise: string): string {
  const text = message.trim();
  if (text === "") return otherwise;
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}
