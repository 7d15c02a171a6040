import type { KillScope } from '../driver.ts';
import type { Signal } from '../result.ts';
import { hasProcessTable, type ProcessEntry, ProcessLook, readProcessTable } from './process-table.ts';

const seesProcesses = hasProcessTable();

/** A command's processes: its group, its session, descendants of any of these, and whoever carries its marker. */
export class ProcessTree {
  readonly #leader: number;
  readonly #marker: string;
  /** Start times by pid. A child that left group, session and environment is known by its parent only while that lives. */
  readonly #seen = new Map<number, string>();

  constructor(leader: number, marker: string) {
    this.#leader = leader;
    this.#marker = marker;
  }

  /**
   * Signals the group or the whole tree; whether anything living was there.
   *
   * A group keeps its number from being used again, and the engine stops signalling once nothing was there, so a stranger is
   * never hit.
   */
  signal(signal: Signal | 'SIG0', scope: KillScope): boolean {
    return scope === 'group' || !seesProcesses ? this.#signalGroup(signal) : this.#signalTree(signal);
  }

  /** Signals everything in the session that the leader made, in whatever group; whether anything living was there. */
  signalSession(signal: Signal | 'SIG0'): boolean {
    if (!seesProcesses) return this.#signalGroup(signal);
    const members = readProcessTable().filter(({ session }) => session === this.#leader);
    if (signal !== 'SIG0') for (const { pid } of members) deliver(pid, signal);
    return members.length > 0;
  }

  /** All of it that lives, as far as this system shows processes, or did at this turn of the event loop. */
  get pids(): readonly number[] {
    return seesProcesses ? this.#find(ProcessLook.ofThisTurn()).map(({ pid }) => pid) : [];
  }

  #signalGroup(signal: Signal | 'SIG0'): boolean {
    if (!deliver(-this.#leader, 'SIG0')) return false;
    // A group of nothing but zombies takes signals as well.
    const living = !seesProcesses || readProcessTable().some(({ group }) => group === this.#leader);
    // In any case, since one that forks at this moment may have been missed.
    if (signal !== 'SIG0') deliver(-this.#leader, signal);
    return living;
  }

  /** All are found before the first is signalled: with a parent goes what tells whose child a process was. */
  #signalTree(signal: Signal | 'SIG0'): boolean {
    const tree = this.#find(new ProcessLook());
    if (signal === 'SIG0' || tree.length === 0) return tree.length > 0;
    // Also what the group has begotten since.
    deliver(-this.#leader, signal);
    for (const { pid, group } of tree) if (group !== this.#leader) deliver(pid, signal);
    return true;
  }

  #find(look: ProcessLook): ProcessEntry[] {
    const table = look.table.filter(({ pid }) => pid !== process.pid);
    const found = new Map(table.filter((entry) => this.#isOwn(entry, look)).map((entry) => [entry.pid, entry]));
    for (let before = -1; before !== found.size; ) {
      before = found.size;
      for (const entry of table) if (found.has(entry.parent)) found.set(entry.pid, entry);
    }
    this.#seen.clear();
    for (const { pid, startTime } of found.values()) this.#seen.set(pid, startTime);
    return [...found.values()];
  }

  #isOwn({ pid, group, session, startTime }: ProcessEntry, look: ProcessLook): boolean {
    if (group === this.#leader || session === this.#leader || this.#seen.get(pid) === startTime) return true;
    return look.environmentOf(pid).includes(this.#marker);
  }
}

function deliver(pid: number, signal: Signal | 'SIG0'): boolean {
  try {
    return process.kill(pid, signal === 'SIG0' ? 0 : signal);
  } catch (error) {
    // Another user's process is there, though it cannot be signalled.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
