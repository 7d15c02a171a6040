import { join } from 'node:path';
import { LineRunner } from './line-runner.ts';
import { pythonWith } from './python-packages.ts';
import type { SshTarget } from './ssh-target.ts';

/** Libraries of Python that run a line over SSH, over as many connections as so many commands at once need; none without Python. */
export async function startPythonSsh(target: SshTarget, line: string, width: number): Promise<LineRunner[]> {
  const python = await pythonWith('asyncssh==2.24.1', 'paramiko==5.1.0');
  if (python === undefined) return [];
  const script = join(import.meta.dirname, 'python-ssh.py');
  return ['asyncssh', 'paramiko'].map((library) => {
    const args = [script, library, String(target.port), target.user, target.keyFile, line, String(width)];
    return new LineRunner(library, python, args);
  });
}
