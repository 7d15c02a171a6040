import { timingSafeEqual } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Principal } from '@errand/mcp-adapter';
import { messageOf } from '../message-of.ts';
import { isCode } from './keeping.ts';
import { readToken, tokenNames } from './token-directory.ts';
import { type NamedToken, sha256Of } from './token-record.ts';

/** A file system may give two changes one time, if they are as close as that. */
const TICK_MS = 100;

interface Known {
  readonly token: NamedToken;
  readonly digest: Buffer;
  readonly version: string;
}

/** The tokens of a directory, as they are at each moment: one that is made is known with the next request, one that is revoked no more. */
export class TokenBook {
  readonly #directory: string;
  readonly #report: (message: string) => void;
  readonly #told = new Set<string>();
  #known: readonly Known[] = [];
  #version = '';
  #hasFaults = false;
  #reading: Promise<void> | undefined;

  /** @param report Is told of files that are no tokens, or are open to others: these let nobody in. Each is told once. */
  constructor(directory: string, report: (message: string) => void) {
    this.#directory = directory;
    this.#report = report;
  }

  /** Whose it is; nothing for one that there is not. */
  async find(token: string): Promise<Principal | undefined> {
    await this.#refresh();
    const wanted = Buffer.from(sha256Of(token), 'hex');
    // All are looked at, so that the time tells nothing.
    const [found] = this.#known.filter(({ digest }) => timingSafeEqual(wanted, digest));
    if (!found) return undefined;
    if ((await versionOf(join(this.#directory, found.token.name))) !== found.version) {
      this.#version = '';
      return undefined;
    }
    const { name, tenant, targets, tools, expiresAt } = found.token;
    return { name, tenant, targets, tools, ...(expiresAt !== undefined && { expiresAt: Math.floor(Date.parse(expiresAt) / 1_000) }) };
  }

  async #refresh(): Promise<void> {
    if ((await this.#currentVersion()) === this.#version) return;
    // It may have begun before the change.
    await this.#reading;
    if ((await this.#currentVersion()) === this.#version) return;
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    await this.#reading;
  }

  async #currentVersion(): Promise<string> {
    return (await versionOf(this.#directory)) ?? 'none';
  }

  async #read(): Promise<void> {
    const begin = Date.now();
    const version = await this.#currentVersion();
    const known: Known[] = [];
    this.#hasFaults = false;
    for (const name of await this.#names()) {
      const fileVersion = await versionOf(join(this.#directory, name));
      const token = await this.#readOne(name);
      if (token && fileVersion !== undefined) known.push({ token, digest: Buffer.from(token.sha256, 'hex'), version: fileVersion });
    }
    this.#known = known;
    // What changed a moment ago may change again without a trace, and so may a file that is mended.
    const isSettled = begin - Number(version.split(' ')[1] ?? 0) > TICK_MS && !this.#hasFaults;
    this.#version = isSettled ? version : '';
  }

  async #names(): Promise<readonly string[]> {
    try {
      return await tokenNames(this.#directory);
    } catch (error) {
      this.#tell(error);
      return [];
    }
  }

  async #readOne(name: string): Promise<NamedToken | undefined> {
    try {
      const record = await readToken(this.#directory, name);
      return record && { name, ...record };
    } catch (error) {
      this.#tell(error);
      return undefined;
    }
  }

  #tell(error: unknown): void {
    this.#hasFaults = true;
    const message = messageOf(error);
    if (this.#told.has(message)) return;
    this.#told.add(message);
    this.#report(message);
  }
}

/** Changes with whatever changes there, who may read it included. */
async function versionOf(path: string): Promise<string | undefined> {
  try {
    const { ino, mtimeMs, ctimeMs, size } = await stat(path);
    return `${ino} ${Math.max(mtimeMs, ctimeMs)} ${size}`;
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}
