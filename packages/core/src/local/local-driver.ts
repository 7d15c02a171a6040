import { resolve } from 'node:path';
import {
  type ByteChannel,
  type Driver,
  type DriverProcess,
  type DriverSupports,
  type DriverTerminal,
  NotStarted,
  type ProcessRequest,
  type TerminalRequest,
} from '../driver.ts';
import type { ExecError } from '../errors.ts';
import { orAborted } from '../or-aborted.ts';
import { isPlainEnvironment } from '../shell/servable.ts';
import type { WarmTarget } from '../shell/warm-target.ts';
import { guarded } from '../supervisor/guarded.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
import { type Account, findAccount } from './accounts.ts';
import { startChild } from './child.ts';
import { currentDirectory } from './current-directory.ts';
import { type BaseEnvironment, commandEnvironment, shellEnvironment } from './environment.ts';
import type { LocalFiles } from './local-files.ts';
import { startTerminal } from './local-terminal.ts';
import { mayHaveLeft, noteCommand } from './may-have-left.ts';
import { openLocalShell } from './open-local-shell.ts';

/** Variables that describe the terminal which this process was started in. */
const OTHER_TERMINAL = { COLUMNS: undefined, LINES: undefined, TERMCAP: undefined, WINDOWID: undefined };

/** What the factory makes for the driver. */
export interface LocalDriverParts {
  readonly supports: DriverSupports;
  readonly environment: BaseEnvironment;
  readonly files: LocalFiles;
  readonly supervisor: Supervisor;
}

/**
 * Child processes of this one. Node does cwd, environment and argv; a supervisor of their own knows the executor's marker
 * before the first command is spawned, and ends what a killed client leaves.
 */
export class LocalDriver implements Driver {
  readonly supports: DriverSupports;
  readonly files: LocalFiles;
  readonly warm: WarmTarget;
  readonly #environment: BaseEnvironment;
  readonly #supervisor: Supervisor;
  /** Where this process was, and where its shells are. */
  readonly #home: string;
  /** Of the last few: what one process takes says little. */
  #startMs = 0;
  readonly #accounts = new Map<string, Promise<Account>>();

  constructor({ supports, environment, files, supervisor }: LocalDriverParts) {
    this.supports = supports;
    this.files = files;
    this.#environment = environment;
    this.#supervisor = supervisor;
    this.#home = currentDirectory() ?? '/';
    // Through a shell such variables do not come as they are.
    const plain = isPlainEnvironment(withoutShellLevel(environment.variables));
    this.warm = {
      openShell: () => this.openShell(),
      supervisor,
      registers: false,
      startMs: () => this.#startMs,
      directory: (cwd) => resolve(currentDirectory() ?? '/', cwd ?? '.'),
      complete: (request) => (plain ? withOwnDirectory(request, this.#home) : undefined),
    };
  }

  async start(request: ProcessRequest, signal: AbortSignal): Promise<DriverProcess> {
    const account = request.user === undefined ? undefined : await this.#account(request.user);
    await this.#ready(signal);
    const env = commandEnvironment(this.#environment, request.marker, { ...account?.env, ...pwd(request), ...request.env });
    const begin = performance.now();
    const starting = startChild(request, env, account);
    // Node forks before it goes on.
    this.#startMs = (this.#startMs + performance.now() - begin) / 2;
    const { pid, process } = await starting;
    noteCommand(pid);
    const { marker: key, deadlineMs, killGraceMs } = request;
    this.#supervisor.register({ key, pid, killGraceMs, ...(deadlineMs !== undefined && { deadlineMs }) });
    return guarded(process, { supervisor: this.#supervisor, key, mayHaveLeft: () => mayHaveLeft(pid) });
  }

  async openTerminal(request: TerminalRequest, signal: AbortSignal): Promise<DriverTerminal> {
    const { marker: key, killGraceMs, user, term } = request;
    const account = user === undefined ? undefined : await this.#account(user);
    await this.#ready(signal);
    const own = { ...OTHER_TERMINAL, ...account?.env, ...request.env, TERM: term };
    const { pid, terminal } = startTerminal(request, commandEnvironment(this.#environment, key, own), account);
    noteCommand(pid);
    this.#supervisor.register({ key, pid, killGraceMs });
    return guarded(terminal, { supervisor: this.#supervisor, key, mayHaveLeft: () => mayHaveLeft(pid) });
  }

  openShell(): Promise<ByteChannel> {
    return openLocalShell(shellEnvironment(this.#environment), this.#home);
  }

  async ping(): Promise<void> {
    await this.#supervisor.ready();
  }

  async close(): Promise<void> {
    await this.#supervisor.close();
  }

  async #ready(signal: AbortSignal): Promise<void> {
    await orAborted(this.#supervisor.ready(), signal).catch((error: ExecError) => {
      throw new NotStarted(error);
    });
  }

  #account(user: string): Promise<Account> {
    const known = this.#accounts.get(user);
    if (known) return known;
    const found = findAccount(user);
    this.#accounts.set(user, found);
    // An account may be made later.
    found.catch(() => this.#accounts.delete(user));
    return found;
  }
}

/** This process may have gone elsewhere since it was in `home`, where its shells are. */
function withOwnDirectory(request: ProcessRequest, home: string): ProcessRequest | undefined {
  const here = currentDirectory();
  if (request.cwd === undefined && here === home) return request;
  if (request.cwd?.startsWith('/')) return { ...request, env: { ...pwd(request), ...request.env } };
  if (here === undefined) return undefined;
  return { ...request, cwd: request.cwd === undefined ? here : `${here}/${request.cwd}` };
}

/** dash and busybox hand SHLVL on as it is. */
function withoutShellLevel({ SHLVL: _level, ...variables }: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return variables;
}

/** Programs trust PWD where it names their directory; an inherited one would not. */
function pwd({ cwd }: ProcessRequest): Record<string, string> {
  return cwd?.startsWith('/') ? { PWD: cwd } : {};
}
