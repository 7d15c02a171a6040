import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { chmod, link, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { stateDirectory } from './state-directory.ts';
import { UsageError } from './usage-error.ts';

/** The bearer token of this user's servers, and the file that holds it. */
export interface Token {
  readonly value: string;
  readonly file: string;
}

/** Reads the token; the first time, makes it. Only its owner can read the file. */
export async function readOrMakeToken(): Promise<Token> {
  const file = join(await stateDirectory(), 'token');
  const value = (await readToken(file)) ?? (await makeToken(file));
  await chmod(file, 0o600);
  if (!/^[\w-]{32,}$/.test(value)) throw new UsageError(`${file}: this is no token. Remove the file, and a new one is made.`);
  return { value, file };
}

async function readToken(file: string): Promise<string | undefined> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Two servers that start at once must agree: the file appears whole, and the first one wins. */
async function makeToken(file: string): Promise<string> {
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  await writeFile(draft, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' });
  try {
    await link(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(draft, { force: true });
  }
  return (await readFile(file, 'utf8')).trim();
}
