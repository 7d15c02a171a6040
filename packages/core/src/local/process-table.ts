import { readdirSync, readFileSync } from 'node:fs';

/** One living process, as /proc tells it. */
export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** In clock ticks since boot, as text; a pid with its start time is never used again. */
  readonly startTime: string;
}

/** Whether this system shows every process and its environment. */
export function hasProcessTable(): boolean {
  return readText('/proc/self/environ') !== undefined;
}

/** All processes that live; a zombie does not. */
export function readProcessTable(): ProcessEntry[] {
  const pids = readdirSync('/proc').filter((name) => /^\d/.test(name));
  return pids.map(readEntry).filter((entry) => entry !== undefined);
}

/** A process's environment as it was at its start; empty when it is not ours to read. */
export function readEnvironment(pid: number): string {
  return readText(`/proc/${pid}/environ`) ?? '';
}

/** What /proc shows at one moment, read as far as it is asked for. */
export class ProcessLook {
  static #current: ProcessLook | undefined;
  readonly table: readonly ProcessEntry[] = readProcessTable();
  readonly #environments = new Map<number, string>();

  /** One for all who ask in the same turn of the event loop: it takes as long as there are processes. */
  static ofThisTurn(): ProcessLook {
    if (!ProcessLook.#current) {
      setImmediate(() => {
        ProcessLook.#current = undefined;
      }).unref();
      ProcessLook.#current = new ProcessLook();
    }
    return ProcessLook.#current;
  }

  environmentOf(pid: number): string {
    const environment = this.#environments.get(pid) ?? readEnvironment(pid);
    this.#environments.set(pid, environment);
    return environment;
  }
}

/** See proc_pid_stat(5). The name, in parentheses, may hold anything, so fields are counted after its end. */
function readEntry(pid: string): ProcessEntry | undefined {
  const stat = readText(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ', 20);
  const [state, parent, group, session] = fields;
  if (state === 'Z' || state === 'X') return undefined;
  return { pid: Number(pid), parent: Number(parent), group: Number(group), session: Number(session), startTime: fields[19] ?? '' };
}

/** Undefined when the process is gone or not ours to read. */
function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}
