import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { checkPrivate } from './private.ts';
import { makeStateDirectory } from './state-directory.ts';
import { isCode, keeping, readOrMakeToken, readToken, type Token, tokenFile, tokensDirectory } from './token.ts';

const PRIVACY = { forbidden: 0o022, remedy: 'Others could put tokens there: chmod go-w makes it private.' };

/**
 * The tokens that a server takes: those that have names, in their order, after the one without where that is there, too. Where there
 * is none at all, the one without a name is made.
 *
 * @throws UsageError as `readOrMakeToken`
 */
export async function readTokens(): Promise<readonly [Token, ...Token[]]> {
  return await keeping(async () => {
    const state = await makeStateDirectory();
    const named = await readNamed(tokensDirectory(state));
    const [first, ...rest] = named;
    if (!first) return [await readOrMakeToken()];
    const file = tokenFile(state);
    const value = await readToken(file);
    return value === undefined ? [first, ...rest] : [{ value, file }, first, ...rest];
  });
}

/**
 * Whether a state directory has a token. Nothing is made.
 *
 * @throws UsageError as `readOrMakeToken`
 */
export async function hasTokens(state: string): Promise<boolean> {
  const named = await readNamed(tokensDirectory(state));
  return (await readToken(tokenFile(state))) !== undefined || named.length > 0;
}

async function readNamed(directory: string): Promise<Token[]> {
  const names = await readdir(directory).catch((error: unknown) => {
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  });
  if (names === undefined) return [];
  await checkPrivate(directory, PRIVACY);
  const tokens: Token[] = [];
  for (const name of names.toSorted()) {
    const file = join(directory, name);
    const value = await readToken(file);
    if (value !== undefined) tokens.push({ name, value, file });
  }
  return tokens;
}
