import { randomBytes } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { posix, resolve } from 'node:path';
import { ExecError } from '../errors.ts';
import type { FileInfo, FileOptions, Files, ReadOptions, RemoveOptions, TransferOptions, WriteOptions } from '../files.ts';
import { writeAll } from '../local/files/copy-content.ts';
import { isDirectory } from '../local/files/is-directory.ts';
import { openRegular } from '../local/files/open-regular.ts';
import { packTree } from '../local/files/pack-tree.ts';
import { placeTree } from '../local/files/place-tree.ts';
import { replaceFile } from '../local/files/replace-file.ts';
import { unpackTree } from '../local/files/unpack-tree.ts';
import type { Named } from './file-errors.ts';
import { toInfo, toInfos } from './file-infos.ts';
import { inBlocks } from './in-blocks.ts';
import { isThere } from './is-there.ts';
import { joined } from './joined.ts';
import { piecesOf, piecesOfFile } from './pieces.ts';
import { longerThan, partOf } from './read-bound.ts';
import { makeDirectoryStatements, removeStatements, renameStatements } from './scripts/change-statements.ts';
import { listStatements, statStatements, WHERE_STATEMENTS } from './scripts/look-statements.ts';
import { readStatements } from './scripts/read-statements.ts';
import { readTreeStatements, writeTreeStatements } from './scripts/tree-statements.ts';
import { writeStatements } from './scripts/write-statements.ts';
import { callShell, type OpenShell, type ShellCall } from './shell-call.ts';
import { sealed } from './tar/sealed.ts';

const NEVER = new AbortController().signal;

/**
 * Files of a target on which nothing but a POSIX shell can be opened, with the tools that GNU, busybox or BSD have. Each call has a
 * shell of its own; paths and contents are sent through its stdin alone. The engine checks paths and options before, and gives up on
 * an abort at once.
 */
export class ShellFiles implements Files {
  readonly #openShell: OpenShell;
  readonly #cwd: string;
  #base: string | undefined;

  /** @param cwd Where relative paths start, itself relative to where shells start; default: there. */
  constructor(openShell: OpenShell, cwd = '.') {
    this.#openShell = openShell;
    this.#cwd = cwd;
  }

  async read(path: string, { signal = NEVER, ...options }: ReadOptions = {}): Promise<Uint8Array> {
    const named: Named = { option: 'path', path };
    const part = partOf(options);
    const { maxBytes } = part;
    const statements = readStatements(await this.#resolve(path, signal), part);
    return this.#call(statements, [named], signal, async (call) => {
      const blocks: Uint8Array[] = [];
      let total = 0;
      for await (const block of call.bytes) {
        total += block.length;
        if (total > maxBytes) throw longerThan(maxBytes, named);
        blocks.push(block);
      }
      await call.done();
      return joined(blocks, total);
    });
  }

  write(path: string, content: string | Uint8Array, options: WriteOptions = {}): Promise<void> {
    // A copy: the caller may change its own while this is under way.
    return this.#write(path, piecesOf(Buffer.from(content)), options);
  }

  async stat(path: string, { signal = NEVER }: FileOptions = {}): Promise<FileInfo> {
    const file = await this.#resolve(path, signal);
    return toInfo(file, await this.#answer(statStatements(file), [{ option: 'path', path }], signal));
  }

  exists(path: string, options?: FileOptions): Promise<boolean> {
    return isThere(this.stat(path, options));
  }

  async list(path: string, { signal = NEVER }: FileOptions = {}): Promise<FileInfo[]> {
    const directory = await this.#resolve(path, signal);
    const mark = nonce();
    return toInfos(directory, await this.#answer(listStatements(directory, mark), [{ option: 'path', path }], signal), mark);
  }

  async rename(from: string, to: string, { signal = NEVER }: FileOptions = {}): Promise<void> {
    const statements = renameStatements(await this.#resolve(from, signal), await this.#resolve(to, signal));
    const named: readonly Named[] = [
      { option: 'from', path: from },
      { option: 'to', path: to },
    ];
    await this.#answer(statements, named, signal);
  }

  async remove(path: string, { recursive = false, signal = NEVER }: RemoveOptions = {}): Promise<void> {
    const statements = removeStatements(await this.#resolve(path, signal), recursive);
    await this.#answer(statements, [{ option: 'path', path }], signal);
  }

  async makeDirectory(path: string, { signal = NEVER }: FileOptions = {}): Promise<void> {
    await this.#answer(makeDirectoryStatements(await this.#resolve(path, signal)), [{ option: 'path', path }], signal);
  }

  async upload(localPath: string, path: string, { recursive, ...options }: TransferOptions = {}): Promise<void> {
    const source: Named = { option: 'localPath', path: localPath, orDirectory: true };
    if (recursive && (await isDirectory(resolve(localPath), source))) return this.#writeTree(source, path, options);
    const { handle } = await openRegular(resolve(localPath), source);
    try {
      await this.#write(path, piecesOfFile(handle, source), options);
    } finally {
      await handle.close();
    }
  }

  async download(path: string, localPath: string, { recursive, signal = NEVER, ...options }: TransferOptions = {}): Promise<void> {
    const source: Named = { option: 'path', path, orDirectory: true };
    const target: Named = { option: 'localPath', path: localPath };
    const file = await this.#resolve(path, signal);
    if (recursive && (await this.stat(path, { signal })).type === 'directory') return this.#readTree(file, source, target, signal);
    await this.#call(readStatements(file, partOf({ maxBytes: Number.MAX_SAFE_INTEGER })), [source], signal, async (call) => {
      await call.begun();
      const copy = async (handle: FileHandle): Promise<void> => {
        for await (const block of call.bytes) await writeAll(handle, block, signal);
        await call.done();
      };
      await replaceFile(resolve(localPath), target, { ...options, signal }, copy);
    });
  }

  async #writeTree(source: Named, path: string, { signal = NEVER }: FileOptions): Promise<void> {
    const [temporary, seal] = [`.errand-${randomBytes(8).toString('hex')}.tmp`, `.errand-${nonce()}.tmp`];
    const statements = writeTreeStatements({ directory: await this.#resolve(path, signal), temporary, seal });
    const tree = packTree({ directory: resolve(source.path), name: temporary, temporary, named: source, signal });
    await this.#call(statements, [{ option: 'path', path }], signal, async (call) => {
      await call.begun();
      await call.feed(inBlocks(sealed(tree, seal)));
      await call.done();
    });
  }

  async #readTree(directory: string, source: Named, target: Named, signal: AbortSignal): Promise<void> {
    const unpack = (temporary: string): Promise<void> =>
      this.#call(readTreeStatements(directory), [source], signal, async (call) => {
        await call.begun();
        const isWhole = await unpackTree(call.bytes, { directory: temporary, named: target, source, signal });
        await call.done();
        if (!isWhole) throw cutShort(source);
      });
    // Its place is there before anything is read: a directory that is copied into itself is seen to be.
    await placeTree(resolve(target.path), target, signal, unpack);
  }

  async #write(path: string, pieces: AsyncIterable<Uint8Array>, { mode, signal = NEVER }: WriteOptions): Promise<void> {
    const seal = nonce();
    const file = await this.#resolve(path, signal);
    const statements = writeStatements({ file, unique: randomBytes(8).toString('hex'), seal, mode });
    await this.#call(statements, [{ option: 'path', path }], signal, async (call) => {
      await call.begun();
      await call.feed(pieces, seal);
      await call.done();
    });
  }

  async #answer(statements: string, named: readonly Named[], signal: AbortSignal): Promise<string> {
    const bytes = await this.#call(statements, named, signal, (call) => call.answer());
    return bytes.toString();
  }

  #call<T>(statements: string, named: readonly Named[], signal: AbortSignal, use: (call: ShellCall) => Promise<T>): Promise<T> {
    return callShell(this.#openShell, { statements, named }, signal, use);
  }

  /** As on this machine, `..` is taken back by name. */
  async #resolve(path: string, signal: AbortSignal): Promise<string> {
    if (path.startsWith('/')) return posix.resolve(path);
    if (posix.isAbsolute(this.#cwd)) return posix.resolve(this.#cwd, path);
    // Where a target's shells start does not change, so it is asked once. Its last byte is a newline.
    this.#base ??= (await this.#answer(WHERE_STATEMENTS, [{ option: 'path', path }], signal)).slice(0, -1);
    return posix.resolve(this.#base, this.#cwd, path);
  }
}

/** Nobody on the target knows it beforehand. */
function nonce(): string {
  return randomBytes(16).toString('hex');
}

function cutShort({ path }: Named): ExecError {
  return new ExecError('EXEC_UNAVAILABLE', `The target's tar ended before all of '${path}' was sent, and did not say why: try again.`);
}
