import type { ByteChannel } from '../driver.ts';
import { SessionOutput } from './session-output.ts';
import { openInput, openOutput, type SideChannel } from './side-channel.ts';

/** Side channels for one command, where it needs any. */
export interface CommandSides {
  /** Where the session's output goes from this command on. */
  readonly output: SideChannel | undefined;
  /** The command's stdin. */
  readonly input: SideChannel | undefined;
}

/**
 * The pipes of a session. Its output goes to its own channel until a command leaves something that may still write there; from then on to
 * a side channel, and again to another. What comes on the old ones is read and counted for as long as somebody writes.
 */
export class SessionPipes {
  /** Where the output goes now. */
  current: SessionOutput;
  readonly #openShell: () => Promise<ByteChannel>;
  readonly #onStray: (bytes: Buffer) => void;
  readonly #sides = new Set<SideChannel>();
  #lateBytes = 0;
  #isHeld = false;

  /** @param onStray Hears what belongs to no command. */
  constructor(channel: ByteChannel, openShell: () => Promise<ByteChannel>, onStray: (bytes: Buffer) => void) {
    this.#openShell = openShell;
    this.#onStray = onStray;
    this.current = this.#output(channel);
  }

  /** Bytes that came from what commands had left in the background. */
  get lateBytes(): number {
    this.current.settle();
    return this.#lateBytes + this.current.lateBytes;
  }

  /** A command left something that may still write: the next one gets other pipes. */
  hold(): void {
    this.#isHeld = true;
  }

  async open(withInput: boolean): Promise<CommandSides> {
    const output = this.#isHeld ? await openOutput(this.#openShell) : undefined;
    try {
      return { output, input: withInput ? await openInput(this.#openShell) : undefined };
    } catch (fault) {
      output?.close();
      throw fault;
    }
  }

  /** What earlier commands left keeps what it has. */
  turnTo(side: SideChannel): void {
    this.#lateBytes = this.lateBytes;
    this.#sides.add(side);
    side.closed.then(() => this.#sides.delete(side));
    this.current = this.#output(side);
    // It was stopped behind its first line.
    side.stdout.resume();
    this.#isHeld = false;
  }

  /** What still has the side channels finds them closed. */
  close(): void {
    for (const side of this.#sides) side.close();
  }

  #output(channel: Pick<ByteChannel, 'stdout' | 'stderr' | 'delivered'>): SessionOutput {
    const output = new SessionOutput(channel, (bytes) => {
      if (output !== this.current) this.#lateBytes += bytes.length;
      this.#onStray(bytes);
    });
    return output;
  }
}
