import { digestOfTexts } from "../config/tree/digest-of.ts";
import type { TlsFiles } from "../cli/kit/io.ts";
import { diskFiles, FileWatcher } from "../control/plane/file-watcher.ts";
import type { Clock } from "../lib/clock.ts";
import type { TlsCredentials } from "../server/listening-socket.ts";

interface TlsRenewalOptions {
  readonly files: TlsFiles;
  readonly clock: Clock;
  /** Puts a certificate in the place of the one before. @throws When it cannot be used. */
  onRenewed(tls: TlsCredentials): void;
  /** Called with a sentence on a certificate that is not taken. The one before stays. */
  onRefused(message: string): void;
}

/**
 * Watches the files of the server's certificate, and takes them anew when they have changed. A certificate and a key that do not fit each
 * other, which is what stands there between the two writes of a renewal, change nothing.
 * @param first What the files held at the start.
 */
export function watchTls(first: TlsCredentials, options: TlsRenewalOptions): { stop(): void } {
  const { files, clock } = options;
  const take = async (): Promise<void> => {
    const tls = await files.read();
    if (tls instanceof Error) {
      options.onRefused(`${tls.message} The certificate of before stays in use.`);
      return;
    }
    try {
      options.onRenewed(tls);
    } catch (error) {
      const reason = error instanceof Error && "code" in error ? String(error.code) : "not understood";
      options.onRefused(`The renewed certificate cannot be used (${reason}). The one of before stays in use.`);
    }
  };
  const watcher = new FileWatcher({ clock, files: diskFiles, onChange: () => void take() });
  const texts = [String(first.cert), String(first.key), first.clientCa ?? ""];
  watcher.watch(files.paths, digestOfTexts(new Map(files.paths.map((path, index) => [path, texts[index] ?? ""]))));
  return watcher;
}
