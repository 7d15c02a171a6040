import type { Attributes, InputAttributes, SFTPWrapper } from 'ssh2';
import { Loss } from './connection/loss.ts';

export type { Attributes } from 'ssh2';

/** What ssh2 may read or write in one request of its own; it sends more of them where the server takes less. */
export const SFTP_PIECE_BYTES = 262_144;

type Answer<T> = (error: Error | undefined | null, value: T) => void;

/** The SFTP subsystem in a channel of its own. What the server refuses rejects with ssh2's error, whose `code` is the status. */
export class SftpSession {
  /** Resolves when the server has closed it, or the connection is gone. */
  readonly freed: Promise<void>;
  readonly #sftp: SFTPWrapper;
  readonly #gone = new Loss();

  constructor(sftp: SFTPWrapper, connection: Loss) {
    this.#sftp = sftp;
    sftp.on('error', () => {});
    const stop = connection.when((why) => this.#gone.tell(new Error(`the connection was lost: ${why.message}`)));
    sftp.once('close', () => {
      stop();
      this.#gone.tell(new Error('the server ended its SFTP'));
    });
    this.freed = new Promise((resolve) => this.#gone.when(() => resolve()));
  }

  stat(path: string): Promise<Attributes> {
    return this.#ask((done) => this.#sftp.stat(path, done));
  }

  lstat(path: string): Promise<Attributes> {
    return this.#ask((done) => this.#sftp.lstat(path, done));
  }

  /** What is directly inside; links are not followed. */
  list(path: string): Promise<readonly { readonly filename: string; readonly attrs: Attributes }[]> {
    return this.#ask((done) => this.#sftp.readdir(path, done));
  }

  readlink(path: string): Promise<string> {
    return this.#ask((done) => this.#sftp.readlink(path, done));
  }

  realpath(path: string): Promise<string> {
    return this.#ask((done) => this.#sftp.realpath(path, done));
  }

  open(path: string): Promise<Buffer> {
    return this.#ask((done) => this.#sftp.open(path, 'r', done));
  }

  /** Makes a file where nothing is. The server takes its umask from the mode. */
  create(path: string, mode: number): Promise<Buffer> {
    return this.#ask((done) => this.#sftp.open(path, 'wx', mode, done));
  }

  fstat(handle: Buffer): Promise<Attributes> {
    return this.#ask((done) => this.#sftp.fstat(handle, done));
  }

  fsetstat(handle: Buffer, attributes: InputAttributes): Promise<void> {
    return this.#ask((done) => this.#sftp.fsetstat(handle, attributes, (error) => done(error, undefined)));
  }

  /** How many bytes came; 0 at the end. */
  read(handle: Buffer, into: Buffer, position: number): Promise<number> {
    return this.#ask((done) => this.#sftp.read(handle, into, 0, into.length, position, (error, bytes) => done(error, error ? 0 : bytes)));
  }

  write(handle: Buffer, bytes: Buffer, position: number): Promise<void> {
    return this.#ask((done) => this.#sftp.write(handle, bytes, 0, bytes.length, position, (error) => done(error, undefined)));
  }

  /** To its disk, where the server knows how. */
  async sync(handle: Buffer): Promise<void> {
    await this.#ask<void>((done) => ifKnown(() => this.#sftp.ext_openssh_fsync(handle, (error) => done(error, undefined)), done));
  }

  close(handle: Buffer): Promise<void> {
    return this.#ask((done) => this.#sftp.close(handle, (error) => done(error, undefined)));
  }

  /** Over what is there, in one step. Resolves to whether the server knows how; where it does not, nothing was done. */
  replace(from: string, to: string): Promise<boolean> {
    return this.#ask((done) => ifKnown(() => this.#sftp.ext_openssh_rename(from, to, (error) => done(error, true)), done, false));
  }

  /** Only where nothing is. */
  rename(from: string, to: string): Promise<void> {
    return this.#ask((done) => this.#sftp.rename(from, to, (error) => done(error, undefined)));
  }

  unlink(path: string): Promise<void> {
    return this.#ask((done) => this.#sftp.unlink(path, (error) => done(error, undefined)));
  }

  rmdir(path: string): Promise<void> {
    return this.#ask((done) => this.#sftp.rmdir(path, (error) => done(error, undefined)));
  }

  /** The server takes its umask from the mode. */
  mkdir(path: string, mode = 0o777): Promise<void> {
    return this.#ask((done) => this.#sftp.mkdir(path, { mode }, (error) => done(error, undefined)));
  }

  chmod(path: string, mode: number): Promise<void> {
    return this.#ask((done) => this.#sftp.chmod(path, mode, (error) => done(error, undefined)));
  }

  symlink(leadsTo: string, path: string): Promise<void> {
    return this.#ask((done) => this.#sftp.symlink(leadsTo, path, (error) => done(error, undefined)));
  }

  /** Another name of a file. Resolves to whether the server knows how. */
  link(existing: string, path: string): Promise<boolean> {
    return this.#ask((done) => ifKnown(() => this.#sftp.ext_openssh_hardlink(existing, path, (error) => done(error, true)), done, false));
  }

  end(): void {
    this.#sftp.end();
  }

  #ask<T>(request: (done: Answer<T>) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      const stop = this.#gone.when(reject);
      if (this.#gone.why) return;
      const done: Answer<T> = (error, value) => {
        stop();
        if (error) reject(error);
        else resolve(value);
      };
      request(done);
    });
  }
}

/** ssh2 throws for an extension that the server does not have. */
function ifKnown<T>(request: () => void, done: Answer<T>, otherwise?: T): void {
  try {
    request();
  } catch {
    done(undefined, otherwise as T);
  }
}
