import { randomBytes } from 'node:crypto';
import { link, mkdir, readdir, readFile, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkPrivate } from '../serve/private.ts';
import { makeStateDirectory } from '../serve/state-directory.ts';
import { UsageError } from '../usage-error.ts';
import { isCode, keeping } from './keeping.ts';
import { type NamedToken, parseRecord, type TokenRecord, toText } from './token-record.ts';

const TOKEN_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

const OF_DIRECTORY = { forbidden: 0o022, remedy: 'Others could put tokens there: chmod go-w makes it private.' };

/** Where the tokens lie that have names, each in a file of its name: made and removed in one step, whoever does so at the same time. */
export function tokensDirectory(state: string): string {
  return join(state, 'tokens');
}

/** @throws UsageError where the name is none, or is taken */
export async function addToken(name: string, record: TokenRecord): Promise<void> {
  checkName(name);
  await keeping(async () => {
    const directory = tokensDirectory(await makeStateDirectory());
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await checkPrivate(directory, OF_DIRECTORY);
    // A name with a dot before it is no token's.
    const draft = join(directory, `.${randomBytes(6).toString('hex')}`);
    try {
      await writeFile(draft, toText(record), { mode: 0o600, flag: 'wx' });
      await link(draft, join(directory, name));
    } catch (error) {
      if (!isCode(error, 'EEXIST')) throw error;
      throw new UsageError(`token: there is one named '${name}'. 'errand token revoke ${name}' ends it.`);
    } finally {
      await rm(draft, { force: true });
    }
  });
}

/** @throws UsageError where there is none of that name */
export async function removeToken(name: string): Promise<void> {
  checkName(name);
  await keeping(async () => {
    try {
      await unlink(join(tokensDirectory(await makeStateDirectory()), name));
    } catch (error) {
      if (!isCode(error, 'ENOENT')) throw error;
      throw new UsageError(`token: there is none named '${name}'. 'errand token list' tells which there are.`);
    }
  });
}

/**
 * All of a state directory, by their names. Nothing is made.
 *
 * @throws UsageError when others can change or read one, or a file is none
 */
export async function listTokens(state: string): Promise<readonly NamedToken[]> {
  const directory = tokensDirectory(state);
  const names = await tokenNames(directory);
  const tokens: NamedToken[] = [];
  for (const name of names) {
    const record = await readToken(directory, name);
    if (record) tokens.push({ name, ...record });
  }
  return tokens;
}

/** @throws UsageError when others could put tokens there */
export async function tokenNames(directory: string): Promise<readonly string[]> {
  const names = await readdir(directory).catch((error: unknown) => {
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  });
  if (names === undefined) return [];
  await checkPrivate(directory, OF_DIRECTORY);
  return names.filter((name) => !name.startsWith('.')).toSorted();
}

/**
 * One token; nothing where there is none.
 *
 * @throws UsageError when others can read it, or it is none
 */
export async function readToken(directory: string, name: string): Promise<TokenRecord | undefined> {
  const file = join(directory, name);
  const remedy = `'errand token revoke ${name}' removes it.`;
  try {
    if (!TOKEN_NAME.test(name) || !(await stat(file)).isFile()) throw new UsageError(`${file}: is no file of a token. Remove it.`);
    await checkPrivate(file, { forbidden: 0o077, remedy: `It may be known, or be another one: ${remedy}` });
    const record = parseRecord(await readFile(file, 'utf8'));
    if (record) return record;
    throw new UsageError(`${file}: this is no token, or not all of one. ${remedy}`);
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function checkName(name: string): void {
  if (TOKEN_NAME.test(name)) return;
  throw new UsageError(`token: '${name}' is no name. Allowed: 1 to 64 letters, digits, '.', '_', '-', the first a letter or a digit.`);
}
