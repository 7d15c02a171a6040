import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleHandler } from '../../scripts/bundle-handler.ts';
import { emulatorProgram } from './lambda-emulator/location.mjs';
import { freePort, ServerProcess } from './server-process.ts';

/** A function of the emulator: what its module holds beside the shipped handler, which lies next to it as errand-handler.mjs. */
export interface EmulatedFunction {
  readonly source: string;
  /** Seconds; default 900. */
  readonly timeout?: number;
}

/**
 * An emulator of AWS Lambda that streams: osls with serverless-aws-lambda, in a process of its own. Unlike Lambda it runs all
 * invocations of a function in one sandbox, a thread of its own.
 */
export class LambdaEmulator {
  readonly #directory: string;
  readonly #port: number;
  readonly #process: ServerProcess;

  private constructor(directory: string, port: number, process: ServerProcess) {
    this.#directory = directory;
    this.#port = port;
    this.#process = process;
  }

  static get isSkipped(): boolean {
    const skipped = emulatorProgram() === undefined && !process.env['CI'];
    if (skipped) console.log('Skipping functions of AWS Lambda (to get their emulator: npm test, with a connection to an npm registry)');
    return skipped;
  }

  static async start(functions: Readonly<Record<string, EmulatedFunction>>): Promise<LambdaEmulator> {
    const directory = await mkdtemp(join(tmpdir(), 'errand-lambda-'));
    const port = await freePort();
    await writeService(directory, port, functions);
    const server = new ServerProcess(process.execPath, [emulatorProgram() ?? 'osls', 'aws-lambda', '-s', 'test'], {
      cwd: directory,
      env: {
        PATH: process.env['PATH'],
        HOME: directory,
        SLS_TELEMETRY_DISABLED: '1',
        SLS_NOTIFICATIONS_MODE: 'off',
        AWS_REGION: 'us-east-1',
      },
    });
    const emulator = new LambdaEmulator(directory, port, server);
    try {
      await server.whenReady(async () => server.said.includes('listening'), 2_400);
    } catch (fault) {
      await rm(directory, { recursive: true, force: true });
      throw fault;
    }
    return emulator;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** A directory that its functions and the tests share. */
  get shared(): string {
    return join(this.#directory, 'shared');
  }

  async stop(): Promise<void> {
    await this.#process.end('SIGKILL');
    await rm(this.#directory, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function writeService(directory: string, port: number, functions: Readonly<Record<string, EmulatedFunction>>): Promise<void> {
  await mkdir(join(directory, 'shared'));
  await bundleHandler(join(directory, 'errand-handler.mjs'));
  const packages = join(emulatorProgram() ?? '', '../../..');
  // Where it looks for its plugin.
  await symlink(packages, join(directory, 'node_modules'));
  for (const [name, { source }] of Object.entries(functions)) await writeFile(join(directory, `${name}.js`), source);
  const service = {
    service: 'errand',
    frameworkVersion: '*',
    configValidationMode: 'off',
    plugins: ['serverless-aws-lambda'],
    // Its threads do not have the environment of their process.
    provider: {
      name: 'aws',
      runtime: 'nodejs22.x',
      region: 'us-east-1',
      stage: 'test',
      environment: { PATH: process.env['PATH'], HOME: '/tmp' },
    },
    custom: { 'serverless-aws-lambda': { port, watch: false } },
    functions: Object.fromEntries(
      Object.entries(functions).map(([name, { timeout = 900 }]) => [name, { handler: `${name}.handler`, timeout }]),
    ),
  };
  await writeFile(join(directory, 'serverless.json'), JSON.stringify(service));
}
