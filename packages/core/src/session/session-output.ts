import type { ByteChannel } from '../driver.ts';
import type { CommandStream } from '../shell/command-stream.ts';
import { type CommandStreams, commandStreams } from '../shell/command-streams.ts';
import { ShellStream } from '../shell/shell-stream.ts';

/**
 * The stdout and stderr on which a session's commands write. Once one of them left something that may still write there, the session
 * gets others, and what comes here is nobody's: it is counted.
 */
export class SessionOutput {
  /** Bytes that are of no command's output. */
  lateBytes = 0;
  readonly #stdout: ShellStream;
  readonly #stderr: ShellStream;
  readonly #commands: CommandStream[] = [];

  /** @param onStray Hears what comes while no command runs. */
  constructor({ stdout, stderr, delivered }: Pick<ByteChannel, 'stdout' | 'stderr' | 'delivered'>, onStray: (bytes: Buffer) => void) {
    const stray = (bytes: Buffer): void => {
      this.lateBytes += bytes.length;
      onStray(bytes);
    };
    this.#stdout = new ShellStream(stdout, stray, delivered);
    this.#stderr = new ShellStream(stderr, stray, delivered);
  }

  /** Streams for the command that is sent now. */
  command(begin: string, end: string, lingers: () => boolean): CommandStreams {
    this.settle();
    const streams = commandStreams(
      { stdout: this.#stdout, stderr: this.#stderr },
      { begins: { stdout: begin, stderr: begin }, end, lingers },
    );
    this.#commands.push(streams.stdout, streams.stderr);
    return streams;
  }

  /** Waits for a line on stdout that begins with `nonce`; its other words. */
  line(nonce: string): Promise<readonly string[] | undefined> {
    return this.#stdout.line(nonce);
  }

  /** Counts what came before the first frames of the last command, and holds on to nothing of it. */
  settle(): void {
    for (const { strayBytes } of this.#commands.splice(0)) this.lateBytes += strayBytes;
  }
}
