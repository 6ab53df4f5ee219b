import { lstat, unlink } from "node:fs/promises";
import { connect, type Server as TcpServer } from "node:net";

/** A socket in the file system, for programs on the same machine. */
export interface SocketFile {
  readonly path: string;
  /** Who may connect: the permissions of the file. To connect takes the permission to write. */
  readonly mode: number;
}

/** More than this the system does not take, in bytes. */
export const longestSocketPath = 107;

/**
 * Begins to listen on a socket in the file system. One that a program left behind when it was killed is replaced. The platform removes the
 * file when the listener is closed.
 * @returns Rejects with what the platform says, or with a code of {@link socketFileProblems}.
 */
export async function listenAtFile(listener: TcpServer, { path, mode }: SocketFile, onError: (error: unknown) => void): Promise<void> {
  await removeStale(path);
  return new Promise((resolve, reject) => {
    listener.once("error", reject);
    // The file is there, with its permissions, before the call returns. Changed afterwards, it would be open to others for a moment.
    const before = process.umask(0o777 & ~mode);
    try {
      listener.listen({ path }, () => {
        listener.off("error", reject);
        listener.on("error", onError);
        resolve();
      });
    } finally {
      process.umask(before);
    }
  });
}

/** What is wrong, by the code of the error, in words that go on after a colon. */
export const socketFileProblems: Readonly<Record<string, string>> = {
  EADDRINUSE: "another program listens there",
  ENOTSOCK: "there is a file that is no socket",
  // The platform tells no folder from one that is closed.
  EACCES: "there is no such folder, or no file may be made in it",
};

async function removeStale(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return;
  if (!found.isSocket()) throw withCode("ENOTSOCK");
  if (await isAnswered(path)) throw withCode("EADDRINUSE");
  await unlink(path);
}

/** Whether a program listens on a socket. */
function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect({ path });
    probe.once("connect", () => {
      probe.destroy();
      resolve(true);
    });
    // Where it may not be asked, something else may be there: listening fails then.
    probe.once("error", (error: NodeJS.ErrnoException) => resolve(error.code !== "ECONNREFUSED"));
  });
}

function withCode(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(code), { code });
}
