import { posix } from 'node:path';
import { ExecError, isExecError } from '@errand/core';
import { within } from '../jobs/until.ts';
import type { Target } from '../targets.ts';
import { REAL_PATH_SCRIPT } from './real-path-script.ts';
import type { PathParameter, ToolParameter } from './tool-parameter.ts';
import type { Values } from './values.ts';

const ASK_MS = 30_000;

/** Who asks, and where. */
export interface PathsAsked {
  readonly target: Target;
  readonly tenant: string | undefined;
  readonly giveUp: readonly AbortSignal[];
}

type Parameters = Readonly<Record<string, ToolParameter>>;

/** A path of a call. */
interface AskedPath {
  readonly name: string;
  readonly parameter: PathParameter;
  readonly value: string;
}

/**
 * The same values, with paths as they are on the target without symbolic links.
 *
 * @throws ExecError `EXEC_PERMISSION` for one that leads elsewhere than below its root, `EXEC_NOT_FOUND` where its directory, or the root,
 * is not there, `EXEC_UNAVAILABLE` where the target does not tell
 */
export async function withRealPaths(values: Values, parameters: Parameters, asked: PathsAsked): Promise<Values> {
  const paths = pathsIn(parameters, values);
  if (paths.length === 0) return values;
  const told = await ask(paths, asked);
  return new Map([...values, ...paths.map((path, i) => [path.name, realOf(path, told[i], asked.target)] as const)]);
}

/** Whether a call gives any. */
export function hasPaths(parameters: Parameters, values: Values): boolean {
  return pathsIn(parameters, values).length > 0;
}

function pathsIn(parameters: Parameters, values: Values): readonly AskedPath[] {
  return Object.entries(parameters).flatMap(([name, parameter]): AskedPath[] => {
    const value = values.get(name);
    return parameter.type === 'path' && typeof value === 'string' ? [{ name, parameter, value }] : [];
  });
}

async function ask(paths: readonly AskedPath[], { target, tenant, giveUp }: PathsAsked): Promise<readonly string[]> {
  const pairs = paths.flatMap(({ parameter: { root }, value }) => [posix.resolve(root), posix.resolve(root, value)]);
  return await within(ASK_MS, giveUp, async (signal) => {
    try {
      const options = { signal, env: { CDPATH: undefined }, ...(tenant !== undefined && { tenant }) };
      const { ok, stdout } = await target.executor.exec(['/bin/sh', '-c', REAL_PATH_SCRIPT, 'sh', ...pairs], options);
      if (ok) return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(stdout.bytes).split('\0').slice(1);
    } catch (error) {
      // What is no UTF-8 could not be handed over as it is.
      if (isExecError(error) || giveUp.some(({ aborted }) => aborted)) throw error;
    }
    throw new ExecError('EXEC_UNAVAILABLE', `Target '${target.executor.name}' did not tell where paths lead. Nothing was started.`);
  });
}

function realOf({ name, parameter: { root }, value }: AskedPath, told: string | undefined, { executor }: Target): string {
  if (told?.startsWith('=')) return told.slice(1);
  if (told === '!')
    throw new ExecError('EXEC_PERMISSION', `${name}: it leads to what is not below ${root}. Allowed: what is.`, {
      detail: { option: name },
    });
  const [what, where] = told === '#' ? [root, `on target '${executor.name}'`] : [value, `below ${root}`];
  throw new ExecError('EXEC_NOT_FOUND', `${name}: there is no ${JSON.stringify(what)} ${where}.`, {
    detail: { option: name, what: 'file', name: what },
  });
}
