import type { ClientChannel } from 'ssh2';
import { PlainShell } from './plain-shell.ts';
import { RawSsh2 } from './raw-ssh2.ts';
import type { SshTarget } from './ssh-target.ts';

/** Shells in channels of ssh2 that nobody guards, each given one command at a time: the floor of warm shells on a host. */
export class PlainSshShells {
  readonly #idle: PlainShell[];
  readonly #all: readonly PlainShell[];
  readonly #ended: Promise<unknown>;

  private constructor(shells: readonly PlainShell[], ended: Promise<unknown>) {
    this.#all = shells;
    this.#idle = [...shells];
    this.#ended = ended;
  }

  static async open(target: SshTarget, width: number): Promise<PlainSshShells> {
    const raw = await RawSsh2.connect(target, width);
    const ended: Promise<void>[] = [];
    const open = (): Promise<PlainShell> =>
      new Promise((resolve, reject) => {
        const begin = (channel: ClientChannel): void => resolve(new PlainShell(channel, channel));
        const end = raw.run('exec /bin/sh', begin);
        end.catch(reject);
        ended.push(end);
      });
    const shells = await Promise.all(Array.from({ length: width }, open));
    return new PlainSshShells(
      shells,
      Promise.all(ended).then(() => raw.close()),
    );
  }

  /** At most as many at once as there are. */
  async run(command: string): Promise<void> {
    const shell = this.#idle.pop();
    if (!shell) throw new Error('All shells are busy.');
    await shell.run(command);
    this.#idle.push(shell);
  }

  async close(): Promise<void> {
    for (const shell of this.#all) shell.close();
    await this.#ended;
  }
}
