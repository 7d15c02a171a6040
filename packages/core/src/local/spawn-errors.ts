import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import type { ProcessRequest } from '../driver.ts';
import { NotStarted } from '../driver.ts';
import { ExecError, invalidOption } from '../errors.ts';

/** What a spawn would fail for, as far as it is told here. */
type Spawned = Pick<ProcessRequest, 'command' | 'cwd' | 'shell'>;

/**
 * Looks ahead, for whoever spawns in a way that tells no fault.
 *
 * @throws NotStarted
 */
export function foreseeFault(request: Spawned, env: NodeJS.ProcessEnv): void {
  const { command, cwd, shell } = request;
  const fault = cwdFault(cwd);
  if (fault) throw new NotStarted(fault);
  const file = findFile(typeof command === 'string' ? shell : (command[0] ?? ''), cwd, env);
  if (file === undefined || !isRunnable(file)) throw spawnFault(Object.assign(new Error('not found'), { code: 'ENOENT' }), request, env);
}

/** Says what a failed spawn meant. Looking closer happens only here, so that a command that starts pays nothing. */
export function spawnFault(error: NodeJS.ErrnoException, request: Spawned, env: NodeJS.ProcessEnv): NotStarted {
  return new NotStarted(toExecError(error, request, env));
}

function toExecError(error: NodeJS.ErrnoException, request: Spawned, env: NodeJS.ProcessEnv): ExecError {
  const { command, cwd, shell } = request;
  switch (error.code) {
    case 'ENOENT':
    case 'ENOTDIR':
    case 'EACCES':
    case 'ENAMETOOLONG':
    case 'ELOOP':
      return cwdFault(cwd) ?? programFault(typeof command === 'string' ? shell : (command[0] ?? ''), request, env, error);
    case 'E2BIG':
      return invalidOption('command', 'together with env it is longer than the kernel takes', 'about 2 MiB; send more through stdin');
    case 'EAGAIN':
    case 'ENOMEM':
    case 'EMFILE':
    case 'ENFILE':
      return new ExecError(
        'EXEC_UNAVAILABLE',
        `This machine could not start another process (${error.code}). Try again later, or raise its limits.`,
        {
          cause: error,
        },
      );
    case 'EPERM':
      return new ExecError('EXEC_PERMISSION', 'This process may not start that command (EPERM).', { cause: error });
    default:
      return new ExecError('EXEC_UNAVAILABLE', `The command could not be started (${error.code ?? error.message}).`, { cause: error });
  }
}

function cwdFault(cwd: string | undefined): ExecError | undefined {
  if (cwd === undefined) return undefined;
  const detail = { option: 'cwd', what: 'cwd', name: cwd } as const;
  try {
    if (!statSync(cwd).isDirectory()) return new ExecError('EXEC_NOT_FOUND', `cwd: '${cwd}' is not a directory.`, { detail });
    accessSync(cwd, constants.X_OK);
    return undefined;
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code !== 'EACCES';
    if (missing) return new ExecError('EXEC_NOT_FOUND', `cwd: there is no directory '${cwd}'.`, { detail });
    return new ExecError('EXEC_PERMISSION', `cwd: '${cwd}' may not be entered.`, { detail });
  }
}

function programFault(program: string, { command, cwd }: Spawned, env: NodeJS.ProcessEnv, cause: Error): ExecError {
  const what = typeof command === 'string' ? 'shell' : 'program';
  const file = findFile(program, cwd, env);
  const detail = { what, name: program } as const;
  if (file === undefined) {
    const where = program.includes('/') ? 'there is no such file' : 'it is in no directory of PATH';
    return new ExecError('EXEC_NOT_FOUND', `The ${what} '${program}' was not found: ${where}.`, { detail });
  }
  if (!isRunnable(file)) return new ExecError('EXEC_PERMISSION', `The ${what} '${file}' is not an executable file.`, { detail });
  return new ExecError('EXEC_NOT_FOUND', `The ${what} '${file}' could not be run: its interpreter is missing, or may not be run.`, {
    detail,
    cause,
  });
}

/**
 * What `execvp` would run: the first executable file; else the first file that is there.
 *
 * @returns undefined when nothing has that name.
 */
function findFile(program: string, cwd: string | undefined, env: NodeJS.ProcessEnv): string | undefined {
  const base = resolve(cwd ?? '.');
  if (program.includes('/')) return exists(resolve(base, program)) ? resolve(base, program) : undefined;
  const files = (env['PATH'] ?? '/usr/bin:/bin').split(delimiter).map((directory) => join(resolve(base, directory), program));
  return files.find(isRunnable) ?? files.find(exists);
}

export function isRunnable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

function exists(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false }) !== undefined;
}
