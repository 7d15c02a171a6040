import { Duplex, Readable, Writable } from 'node:stream';
import type { SshExecutor } from '@errand/backend-ssh';
import { type Execution, isExecError } from '@errand/core';
import { parseSshUri } from '../open-ssh.ts';
import { loadFactory } from './backends.ts';

type Options = Readonly<Record<string, unknown>>;
type Connect = (signal: AbortSignal) => Promise<Duplex>;

const SOCKET = '/var/run/docker.sock';
/** An address behind SSH may end in the path of a socket. */
const FORM = /^(?<host>ssh:\/\/[^/]+)(?<path>\/.+)?$/;
/** What dial-stdio passes on is read as it comes; nothing else looks at it. */
const KEPT_BYTES = 4_096;

/** The options of a Docker target, with a way to its daemon where that is behind SSH. */
export async function withWayToDaemon({ sshConfigFile: configFile, ...options }: Options): Promise<Options> {
  const { daemonBehindSsh } = await import('@errand/backend-docker');
  const { host, context, ...others } = options;
  const address = daemonBehindSsh({
    ...(host !== undefined && { host: String(host) }),
    ...(context !== undefined && { context: String(context) }),
  });
  if (address === undefined) return options;
  const { host: uri = address, path } = FORM.exec(address)?.groups ?? {};
  const sshExecutor = await loadFactory('ssh');
  const executor = sshExecutor({ ...parseSshUri(uri), ...(configFile !== undefined && { configFile }) });
  return { ...others, connect: wayThrough(executor as SshExecutor, path) };
}

/** To the socket itself; where sshd forbids that or the socket is elsewhere, through the docker CLI of the host, as that of this machine would go. */
function wayThrough(executor: SshExecutor, path: string | undefined): Connect {
  let isClosing = false;
  let refusal: Error | undefined;
  return async (signal) => {
    // It aborts when the executor of the containers is closed.
    if (!isClosing) signal.addEventListener('abort', () => void executor.close(), { once: true });
    isClosing = true;
    if (refusal) return dial(executor, path, refusal);
    try {
      return await executor.connectTo({ path: path ?? SOCKET }, { signal });
    } catch (fault) {
      if (!isExecError(fault) || !['EXEC_UNAVAILABLE', 'EXEC_PERMISSION'].includes(fault.code)) throw fault;
      refusal = fault;
      return dial(executor, path, fault);
    }
  };
}

function dial(executor: SshExecutor, path: string | undefined, refusal: Error): Duplex {
  const docker = ['docker', ...(path === undefined ? [] : ['--host', `unix://${path}`]), 'system', 'dial-stdio'];
  const execution = executor.spawn(docker, { stdin: 'pipe', maxOutputBytes: KEPT_BYTES });
  const stream = Duplex.from({
    readable: Readable.from(outputOf(execution, refusal), { objectMode: false }),
    writable: inputOf(execution),
  });
  stream.once('close', () => void execution.kill().catch(() => {}));
  return stream;
}

/** That it takes nothing more is no fault: why is told by its output. */
function inputOf({ stdin }: Execution): Writable {
  stdin.on('error', () => {});
  return new Writable({
    write: (bytes: Buffer, _encoding, done) => void stdin.write(bytes, () => done()),
    final: (done) => {
      stdin.end();
      done();
    },
  });
}

/** What it prints, and why there is no more. */
async function* outputOf(execution: Execution, refusal: Error): AsyncGenerator<Uint8Array> {
  try {
    yield* execution.stdout;
  } catch {
    // Its result says why.
  }
  const why = await execution.result.then(
    ({ ok, stderr, reason }) => (ok ? undefined : stderr.text.trim() || (reason ?? 'it failed')),
    (fault: Error) => fault.message,
  );
  if (why !== undefined) throw new Error(`${refusal.message} And docker system dial-stdio there: ${why}`);
}
