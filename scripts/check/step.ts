import { spawn } from 'node:child_process';
import { delimiter, resolve } from 'node:path';

/** One thing that is checked. `run` gives the faults that it found, none when all is well; throwing is a fault too. */
export interface Step {
  readonly name: string;
  run(): Promise<readonly string[]>;
}

/** Runs a step and prints one line with its time, and its faults below. Tells whether all was well. */
export async function runStep(step: Step): Promise<boolean> {
  const start = performance.now();
  const faults = await step.run().catch((error: unknown) => [error instanceof Error ? (error.stack ?? error.message) : String(error)]);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${faults.length > 0 ? 'FAILED' : 'ok    '} ${seconds.padStart(5)} s  ${step.name}`);
  for (const fault of faults) console.log(fault.replace(/^/gm, '    '));
  return faults.length === 0;
}

/** A step that is a program of node_modules/.bin: its output is the fault where it ends with anything but 0. */
export function commandStep(name: string, command: readonly [string, ...string[]]): Step {
  return {
    name,
    run: async () => {
      const { exitCode, output } = await runProgram(command);
      return exitCode === 0 ? [] : [output.trim() || `${command[0]} exited with ${exitCode}`];
    },
  };
}

/** Runs a program to its end, with node_modules/.bin first in PATH; `output` is stdout and stderr as they came. */
export function runProgram(
  [program, ...args]: readonly [string, ...string[]],
  cwd: string = process.cwd(),
): Promise<{ exitCode: number | null; output: string }> {
  const path = [resolve('node_modules/.bin'), process.env.PATH ?? ''].join(delimiter);
  const child = spawn(program, args, { cwd, env: { ...process.env, PATH: path }, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  return new Promise((done, failed) => {
    child.once('error', failed);
    child.once('close', (exitCode) => done({ exitCode, output }));
  });
}
