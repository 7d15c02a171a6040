import type { ProcessRequest } from '../driver.ts';
import { scriptArgv } from '../launcher/script-argv.ts';
import type { Limits } from '../options.ts';
import type { Account } from './accounts.ts';

/** What the local driver spawns. */
export interface LocalArgv {
  readonly argv: readonly string[];
  /** A sh line prepares the process first, and says on descriptor 3 what it could not do. */
  readonly prepared: boolean;
}

/** A command as argv. Only limits, merged streams and another account need a line of sh ahead of it. */
export function localArgv(request: ProcessRequest, account: Account | undefined): LocalArgv {
  const { command, limits, mergeStderr, shell } = request;
  const argv = typeof command === 'string' ? scriptArgv(shell, command) : command;
  const lines = limitLines(limits);
  if (lines.length === 0 && !mergeStderr && !account) return { argv, prepared: false };
  lines.push(`exec "$@" 3>&-${mergeStderr ? ' 2>&1' : ''}`);
  return { argv: ['/bin/sh', '-c', lines.join('\n'), 'sh', ...(account?.prefix ?? []), ...argv], prepared: true };
}

/** `ulimit` says what it could not set on descriptor 3; its own message, on stderr, would be taken for the command's. */
function limitLines(limits: Limits): string[] {
  const lines: string[] = [];
  const set = (name: keyof Limits, ...flags: readonly string[]): void => {
    const tries = flags.map((flag) => `ulimit ${flag} 2>/dev/null`).join(' || ');
    lines.push(`${tries} || { echo ${name} >&3; exit 125; }`);
  };
  const { memoryBytes, cpuMs, processes, fileBytes, openFiles } = limits;
  if (memoryBytes !== undefined) set('memoryBytes', `-v ${Math.floor(memoryBytes / 1024)}`);
  if (cpuMs !== undefined) set('cpuMs', `-t ${Math.ceil(cpuMs / 1000)}`);
  // dash has -p where bash and busybox have -u.
  if (processes !== undefined) set('processes', `-u ${processes}`, `-p ${processes}`);
  // sh counts in blocks of 512 bytes.
  if (fileBytes !== undefined) set('fileBytes', `-f ${Math.ceil(fileBytes / 512)}`);
  if (openFiles !== undefined) set('openFiles', `-n ${openFiles}`);
  return lines;
}
