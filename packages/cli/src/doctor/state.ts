import { access, constants } from 'node:fs/promises';
import { dirname } from 'node:path';
import { messageOf } from '../message-of.ts';
import { stateDirectory } from '../serve/state-directory.ts';
import { readLocalToken } from '../tokens/local-token.ts';
import { listTokens } from '../tokens/token-directory.ts';
import type { Finding } from './finding.ts';

/** Whether `errand serve --http` can keep its token. Nothing is made. */
export async function stateFinding(): Promise<Finding> {
  const what = 'state directory';
  const directory = stateDirectory();
  try {
    await access(await nearest(directory), constants.W_OK | constants.X_OK);
    const found = (await readLocalToken(directory)) !== undefined || (await listTokens(directory)).length > 0;
    return { state: 'ok', what, found: `${directory} (${found ? 'has a token' : 'no token yet: errand serve --http makes it'})` };
  } catch (error) {
    const hint = 'errand serve --http keeps its token there. XDG_STATE_HOME names another place.';
    return { state: 'fault', what, found: messageOf(error), hint };
  }
}

/** What is there of a path that may have to be made. */
async function nearest(path: string): Promise<string> {
  const there = await access(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code !== 'ENOENT',
  );
  return there || dirname(path) === path ? path : await nearest(dirname(path));
}
