import { readdirSync, readFileSync } from 'node:fs';

/** One living process, as /proc tells it. */
interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
}

/** Whether this system shows every process and its environment. */
export function hasProcessTable(): boolean {
  return readText('/proc/self/environ') !== undefined;
}

/** Living processes of a group; a zombie does not run. */
export function findGroup(group: number): number[] {
  return readTable()
    .filter((entry) => entry.group === group)
    .map((entry) => entry.pid);
}

/** The tree of a command: its group, its session, descendants of any of these, and whoever carries its marker. */
export function findTree(leader: number, marker: string): number[] {
  const table = readTable().filter((entry) => entry.pid !== process.pid);
  const found = new Set<number>();
  for (const { pid, group, session } of table) {
    if (pid === leader || group === leader || session === leader || carries(pid, marker)) found.add(pid);
  }
  for (let before = -1; before !== found.size; ) {
    before = found.size;
    for (const { pid, parent } of table) if (found.has(parent)) found.add(pid);
  }
  return [...found];
}

function carries(pid: number, marker: string): boolean {
  return readText(`/proc/${pid}/environ`)?.includes(marker) ?? false;
}

function readTable(): ProcessEntry[] {
  const pids = readdirSync('/proc').filter((name) => /^\d/.test(name));
  return pids.map(readEntry).filter((entry) => entry !== undefined);
}

/** See proc_pid_stat(5). The name, in parentheses, may hold anything, so fields are counted after its end. */
function readEntry(pid: string): ProcessEntry | undefined {
  const stat = readText(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  const [state, parent, group, session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ', 4);
  if (state === 'Z' || state === 'X') return undefined;
  return { pid: Number(pid), parent: Number(parent), group: Number(group), session: Number(session) };
}

/** Undefined when the process is gone or not ours to read. */
function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}
