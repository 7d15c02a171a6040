import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LambdaEmulator } from '../servers/lambda.ts';

/** What `errand run` said and exited with, by an errand.yaml that names a function of the emulator. */
export async function errandRun(
  emulator: LambdaEmulator,
  ...args: readonly string[]
): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const config = join(emulator.shared, 'errand.yaml');
  await writeFile(
    config,
    `version: 1
defaults: { target: fn, timeout: 1m }
targets:
  fn: { kind: lambda, functionName: plain, region: us-east-1, endpoint: "${emulator.endpoint}" }
  gone: { kind: lambda, functionName: nowhere, region: us-east-1, endpoint: "${emulator.endpoint}" }
`,
  );
  const argv = ['--conditions=@errand/source', 'packages/cli/src/bin.ts', 'run', '--config', config, ...args];
  const env = { PATH: process.env['PATH'], HOME: emulator.shared, AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'a' };
  return new Promise((done) => {
    const child = execFile(process.execPath, argv, { env }, (error, stdout, stderr) => {
      done({ exitCode: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
    child.stdin?.end('in');
  });
}
