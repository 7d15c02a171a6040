import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { isSkipped, programPath } from './programs.ts';

const run = promisify(execFile);

/** Whether comparisons with OpenSSH's own tools are left out. */
export const withoutOpenSsh: boolean = isSkipped(programPath('ssh-keygen'), 'comparisons with ssh and ssh-keygen', 'openssh-client');

/** What `ssh-keygen` prints. */
export async function sshKeygen(...args: readonly string[]): Promise<string> {
  return (await run('ssh-keygen', args)).stdout;
}

/** The lines of a known_hosts file that name a host and hold a key that can be read: `7`, `9 REVOKED`. */
export async function foundLines(host: string, file: string): Promise<string[]> {
  const output = await sshKeygen('-l', '-F', host, '-f', file).catch(noneFound);
  return [...output.matchAll(/^# Host .* found: line (\d+) ?(\w*)\s*$/gm)].map(([, line, marker]) => `${line} ${marker}`.trim());
}

/** It ends with 1 where it finds nothing. */
function noneFound(fault: { code?: unknown; stdout?: string; stderr?: string }): string {
  if (fault.code === 1 && fault.stderr === '') return fault.stdout ?? '';
  throw fault;
}
