import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { bundleHandler } from '../../scripts/bundle-handler.ts';
import { runtimeProgram } from './lambda-emulator/location.mjs';
import { ServerProcess } from './server-process.ts';

/** Processes and mounts of its own, as in a sandbox of Lambda; all are gone with their first process. */
const OWN_NAMESPACES = ['--pid', '--mount', '--fork', '--mount-proc', '--kill-child'];

/** A function that crashed is started again in the same sandbox, which keeps its /tmp and whatever got away. As on Lambda it is not root's. */
const SANDBOX = `mount --bind "$1" /mnt && mount --bind "$2" /mnt/node && mount --bind "$3" /mnt/node_modules && mount -t tmpfs none /tmp &&
echo >/tmp/of-an-extension && cd /mnt &&
while :; do setpriv --reuid=993 --regid=990 --clear-groups ./node --import ./no-native-client.mjs node_modules/aws-lambda-ric/index.mjs; sleep 0.1; done`;

/** Its native part asks for the next invocation, which the runtime can do without; a build of it takes minutes. */
const NO_NATIVE_CLIENT = `
import { registerHooks } from 'node:module';
registerHooks({
  resolve: (name, context, next) => (name.endsWith('rapid-client.node') ? { url: 'node:path', shortCircuit: true } : next(name, context)),
});
`;

/** What a function made of one event. */
export interface Invocation {
  /** As it comes; an error where the function crashed. */
  readonly response: PassThrough;
  /** What the runtime told of a handler that failed. */
  fault?: string;
}

interface Pending {
  readonly id: string;
  readonly event: unknown;
  readonly timeoutMs: number;
  readonly invocation: Invocation;
}

/**
 * One sandbox of Lambda: the function runs in AWS's own runtime for Node, in namespaces of its own, and a stand-in for the Runtime API
 * hands it its events.
 */
export class LambdaSandbox {
  readonly #directory: string;
  readonly #api: Server;
  readonly #process: ServerProcess;
  readonly #pending: Pending[] = [];
  readonly #begun = new Map<string, Pending>();
  #asking: ServerResponse | undefined;
  #invocations = 0;
  readonly #initFaults: string[] = [];

  private constructor(directory: string, api: Server) {
    this.#directory = directory;
    this.#api = api.on('request', (request, response) => void this.#answer(request, response));
    this.#process = new ServerProcess('unshare', this.#arguments(), { env: this.#environment() });
  }

  static get isSkipped(): boolean {
    const lacks = runtimeProgram() === undefined || spawnSync('unshare', [...OWN_NAMESPACES, 'true']).status !== 0;
    const skipped = lacks && !process.env['CI'];
    if (skipped) console.log("Skipping functions in AWS's own runtime (to get it: npm test as root, with a connection to an npm registry)");
    return skipped;
  }

  /** Of a module that exports `handler`; beside it lies the shipped one as errand-handler.mjs. */
  static async start(source = "export { handler } from './errand-handler.mjs';"): Promise<LambdaSandbox> {
    const directory = await mkdtemp(join(tmpdir(), 'errand-runtime-'));
    await Promise.all([
      bundleHandler(join(directory, 'errand-handler.mjs')),
      writeFile(join(directory, 'function.mjs'), source),
      writeFile(join(directory, 'no-native-client.mjs'), NO_NATIVE_CLIENT),
      writeFile(join(directory, 'node'), ''),
      mkdir(join(directory, 'node_modules')),
      mkdir(join(directory, 'shared')),
    ]);
    await Promise.all([chmod(directory, 0o755), chmod(join(directory, 'shared'), 0o777)]);
    const api = createServer();
    await once(api.listen(0, '127.0.0.1'), 'listening');
    return new LambdaSandbox(directory, api);
  }

  /** A directory that is /mnt/shared in the sandbox. */
  get shared(): string {
    return join(this.#directory, 'shared');
  }

  /** What kept its module from being loaded, each time. */
  get initFaults(): readonly string[] {
    return this.#initFaults;
  }

  /** The end of what the runtime and the function said. */
  get said(): string {
    return this.#process.said;
  }

  invoke(event: unknown, { timeoutMs = 60_000 } = {}): Invocation {
    const invocation: Invocation = { response: new PassThrough() };
    this.#invocations += 1;
    this.#pending.push({ id: `invocation-${this.#invocations}`, event, timeoutMs, invocation });
    this.#handOut();
    return invocation;
  }

  async stop(): Promise<void> {
    await this.#process.end('SIGKILL');
    this.#api.closeAllConnections();
    this.#api.close();
    await rm(this.#directory, { recursive: true, force: true, maxRetries: 5 });
  }

  #arguments(): string[] {
    const packages = join(runtimeProgram() ?? '', '../..');
    return [...OWN_NAMESPACES, 'sh', '-c', SANDBOX, 'sandbox', this.#directory, process.execPath, packages];
  }

  #environment(): NodeJS.ProcessEnv {
    const address = this.#api.address();
    return {
      PATH: process.env['PATH'],
      AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
      AWS_LAMBDA_NODEJS_USE_ALTERNATIVE_CLIENT_1: 'true',
      AWS_LAMBDA_FUNCTION_NAME: 'errand',
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512',
      AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/errand',
      AWS_LAMBDA_LOG_STREAM_NAME: '2026/01/01/[$LATEST]0123456789abcdef',
      LAMBDA_TASK_ROOT: '/mnt',
      _HANDLER: 'function.handler',
    };
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, , , what, id = '', part] = (request.url ?? '').split('/');
    if (id === 'next') {
      this.#asking = response;
      this.#crashedBefore();
      this.#handOut();
      return;
    }
    const begun = this.#begun.get(id);
    if (part === 'response' && begun) {
      this.#take(begun, request, response);
      return;
    }
    const said = await text(request);
    if (what === 'init') this.#initFaults.push(said);
    else if (begun) begun.invocation.fault = said;
    response.writeHead(202).end();
  }

  #take({ id, invocation }: Pending, request: IncomingMessage, response: ServerResponse): void {
    request.on('aborted', () => invocation.response.destroy(new Error('The function crashed.')));
    request.pipe(invocation.response);
    request.on('end', () => {
      const fault = request.trailers['lambda-runtime-function-error-body'];
      if (typeof fault === 'string') invocation.fault = Buffer.from(fault, 'base64').toString();
      this.#begun.delete(id);
      response.writeHead(202).end();
    });
  }

  /** A runtime that asks for more has no other invocation under way. */
  #crashedBefore(): void {
    for (const { invocation } of this.#begun.values()) invocation.response.destroy(new Error('The function crashed.'));
    this.#begun.clear();
  }

  #handOut(): void {
    const asking = this.#asking;
    const next = asking && this.#pending.shift();
    if (!next) return;
    this.#asking = undefined;
    this.#begun.set(next.id, next);
    asking.writeHead(200, {
      'content-type': 'application/json',
      'lambda-runtime-aws-request-id': next.id,
      'lambda-runtime-deadline-ms': `${Date.now() + next.timeoutMs}`,
      'lambda-runtime-invoked-function-arn': 'arn:aws:lambda:us-east-1:123456789012:function:errand',
    });
    asking.end(JSON.stringify(next.event));
  }
}

async function text(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
