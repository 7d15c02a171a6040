import { type SpawnOptionsWithoutStdio, spawn } from 'node:child_process';
import { once } from 'node:events';

/** Runs a program in a process of its own, with this stdin; returns how many bytes came on stdout. */
export async function runProgram(
  file: string,
  args: readonly string[],
  input = '',
  options: SpawnOptionsWithoutStdio = {},
): Promise<number> {
  const child = spawn(file, args, options);
  child.stdin.end(input);
  let [arrived, said] = [0, ''];
  child.stdout.on('data', (chunk: Buffer) => {
    arrived += chunk.length;
  });
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${[file, ...args].slice(0, 3).join(' ')} … exited with ${code}: ${said}`);
  return arrived;
}
