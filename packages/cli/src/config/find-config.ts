import { statSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { messageOf } from '../message-of.ts';
import { UsageError } from '../usage-error.ts';

/**
 * The configuration file: what `--config` names, else `./errand.yaml`, else `$XDG_CONFIG_HOME/errand/errand.yaml`
 * (default `~/.config`). It is never searched upwards.
 *
 * @param as what named it, for messages
 * @returns its path as users would write it, or undefined where there is none
 * @throws UsageError when the named file is not there
 */
export function findConfig(named: string | undefined, as: '--config' | 'FILE' = '--config'): string | undefined {
  if (named !== undefined) {
    if (isFile(named)) return named;
    throw new UsageError(`${as}: there is no file ${resolve(named)}.`);
  }
  return ['errand.yaml', join(configHome(), 'errand', 'errand.yaml')].find(isFile);
}

function configHome(): string {
  const base = process.env['XDG_CONFIG_HOME'];
  // The XDG specification says that a relative path is to be ignored.
  return base && isAbsolute(base) ? base : join(homedir(), '.config');
}

/** Also a FIFO, as of `--config <(…)`. One that cannot be looked at is not passed over: it may say what has to hold. */
function isFile(path: string): boolean {
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    return found !== undefined && !found.isDirectory();
  } catch (error) {
    throw new UsageError(`${path}: cannot be read: ${messageOf(error)}.`);
  }
}
