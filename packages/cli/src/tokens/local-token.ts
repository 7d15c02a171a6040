import { randomBytes } from 'node:crypto';
import { link, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkPrivate } from '../serve/private.ts';
import { makeStateDirectory } from '../serve/state-directory.ts';
import { UsageError } from '../usage-error.ts';
import { isCode, keeping } from './keeping.ts';

/** The bearer token of clients of this user's on this machine, and the file where they find it. */
export interface LocalToken {
  readonly value: string;
  readonly file: string;
}

const PRIVACY = { forbidden: 0o077, remedy: 'The token may be known: remove the file, and a new one is made.' };

/** Where it lies. */
export function localTokenFile(state: string): string {
  return join(state, 'token');
}

/**
 * Reads it; the first time, makes it. Only its owner can read the file.
 *
 * @throws UsageError when others can read it, or it holds no token.
 */
export async function readOrMakeLocalToken(): Promise<LocalToken> {
  return await keeping(async () => {
    const state = await makeStateDirectory();
    const file = localTokenFile(state);
    const value = (await readLocalToken(state)) ?? (await makeToken(file, join(state, `token.${randomBytes(6).toString('hex')}`)));
    return { value, file };
  });
}

/** @throws UsageError when others can read it, or it holds no token; none is undefined */
export async function readLocalToken(state: string): Promise<string | undefined> {
  const file = localTokenFile(state);
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
  try {
    await writeFile(draft, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' });
    await link(draft, file);
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error;
  } finally {
    await rm(draft, { force: true });
  }
  const value = (await readFile(file, 'utf8').catch(() => '')).trim();
  if (value === '') throw new UsageError(`${file}: was removed while it was made. Start again.`);
  return value;
}
