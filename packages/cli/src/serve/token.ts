import { randomBytes } from 'node:crypto';
import { link, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../usage-error.ts';
import { checkPrivate } from './private.ts';
import { makeStateDirectory } from './state-directory.ts';

/** The bearer token of this user's servers, and the file that holds it. */
export interface Token {
  readonly value: string;
  readonly file: string;
}

const PRIVACY = { forbidden: 0o077, remedy: 'The token may be known: remove the file, and a new one is made.' };

/**
 * Reads the token; the first time, makes it. Only its owner can read the file.
 *
 * @throws UsageError when others can read it, or it holds no token.
 */
export async function readOrMakeToken(): Promise<Token> {
  try {
    const file = tokenFile(await makeStateDirectory());
    return { value: (await readToken(file)) ?? (await makeToken(file)), file };
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    throw new UsageError(`the token cannot be kept: ${error.message}. Set XDG_STATE_HOME to a directory of yours.`);
  }
}

/**
 * Whether a state directory has a token.
 *
 * @throws UsageError as `readOrMakeToken`.
 */
export async function checkToken(directory: string): Promise<boolean> {
  return (await readToken(tokenFile(directory))) !== undefined;
}

function tokenFile(directory: string): string {
  return join(directory, 'token');
}

async function readToken(file: string): Promise<string | undefined> {
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
async function makeToken(file: string): Promise<string> {
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
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

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
