import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { UsageError } from '../usage-error.ts';
import { checkPrivate } from './private.ts';
import { makeStateDirectory } from './state-directory.ts';

/** A bearer token of this user's servers, and the file that holds it. */
export interface Token {
  /** Whose it is: the tenant of what is run with it. */
  readonly name?: string;
  readonly value: string;
  readonly file: string;
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const PRIVACY = { forbidden: 0o077, remedy: 'The token may be known: remove the file, and a new one is made.' };

/**
 * Reads the token of a name, or the one without; the first time, makes it. Only its owner can read the file.
 *
 * @throws UsageError when others can read it, it holds no token, or the name is none.
 */
export async function readOrMakeToken(name?: string): Promise<Token> {
  if (name !== undefined && !NAME.test(name))
    throw new UsageError(`token: '${name}' is no name. Allowed: 1 to 64 letters, digits, '.', '_', '-', the first a letter or a digit.`);
  return await keeping(async () => {
    const directory = await makeStateDirectory();
    const file = name === undefined ? tokenFile(directory) : join(tokensDirectory(directory), name);
    const value = (await readToken(file)) ?? (await makeToken(file, join(directory, `token.${randomBytes(6).toString('hex')}`)));
    return { ...(name !== undefined && { name }), value, file };
  });
}

/** @throws UsageError for a fault of the file system, too */
export async function keeping<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    throw new UsageError(`the token cannot be kept: ${error.message}. Set XDG_STATE_HOME to a directory of yours.`);
  }
}

/** Where the tokens lie that have names, each in a file of its name. */
export function tokensDirectory(state: string): string {
  return join(state, 'tokens');
}

/** Where the one without a name lies. */
export function tokenFile(state: string): string {
  return join(state, 'token');
}

/** @throws UsageError when others can read it, or it holds no token; none is undefined */
export async function readToken(file: string): Promise<string | undefined> {
  try {
    if (!(await stat(file)).isFile()) throw new UsageError(`${file}: is no file. Remove it, and a new one is made.`);
    await checkPrivate(file, PRIVACY);
    const value = (await readFile(file, 'utf8')).trim();
    if (/^[\w-]{32,}$/.test(value)) return value;
    throw new UsageError(`${file}: this is no token. Remove the file, and a new one is made.`);
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** Two servers that start at once must agree: the file appears whole, and the first one wins. */
async function makeToken(file: string, draft: string): Promise<string> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  try {
    await writeFile(draft, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' });
    await link(draft, file);
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error;
  } finally {
    await rm(draft, { force: true });
  }
  const value = await readToken(file);
  if (value === undefined) throw new UsageError(`${file}: was removed while it was made. Start again.`);
  return value;
}

/** Whether it is this fault of the file system. */
export function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
