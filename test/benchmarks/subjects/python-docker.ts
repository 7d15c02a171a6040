import { join } from 'node:path';
import { type DockerTarget, hostOf } from './docker-target.ts';
import { LineRunner } from './line-runner.ts';
import { pythonWith } from './python-packages.ts';

/** Docker's SDK for Python, whose commands are `true` in a container of their own each, or in the one that runs; none without Python. */
export async function startPythonDocker(target: DockerTarget, mode: 'container' | 'exec', width: number): Promise<LineRunner[]> {
  const python = await pythonWith('docker==7.1.0');
  if (python === undefined) return [];
  const script = join(import.meta.dirname, 'python-docker.py');
  const args = [script, mode, hostOf(target), mode === 'container' ? target.image : target.container, String(width)];
  return [new LineRunner('docker-py', python, args)];
}
