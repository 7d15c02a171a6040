import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Ended, errand } from './errand.ts';
import { temporaryDirectory } from './temporary.ts';

/** Two targets, of which `b` is the default one. */
export const TWO = `version: 1
defaults: { target: b, env: { WHERE: file } }
targets:
  a: { kind: local, labels: { env: test }, description: the first, defaults: { env: { WHERE: a } } }
  b: { kind: local, defaults: { cwd: sub } }
`;

export interface Home {
  readonly directory: string;
  readonly run: (args: readonly string[], stdin?: string, env?: Readonly<Record<string, string>>) => Promise<Ended>;
}

/** A directory with an errand.yaml, where errand is started, and a configuration directory of its own. */
export async function home(text?: string): Promise<Home> {
  const directory = await temporaryDirectory();
  if (text !== undefined) await writeFile(join(directory, 'errand.yaml'), text);
  const env = { XDG_CONFIG_HOME: join(directory, 'config'), XDG_STATE_HOME: join(directory, 'state') };
  return { directory, run: (args, stdin = '', more = {}) => errand(args, { cwd: directory, env: { ...env, ...more }, stdin }) };
}
