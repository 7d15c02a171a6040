import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Socket } from 'node:net';
import { Duplex } from 'node:stream';

/** How much of what a ProxyCommand says on stderr is told, in characters. */
const SAID = 500;
/** One that does not end at SIGTERM is killed after this. */
const GRACE_MS = 2_000;
const LOOK_MS = 20;

/**
 * A ProxyCommand: a line of shell whose standard input and output are the connection. It is ended, with its process group, when the stream
 * is destroyed.
 */
export async function openProxyCommand(line: string, signal: AbortSignal): Promise<Duplex> {
  signal.throwIfAborted();
  // As OpenSSH runs it: the shell gives way to a single command.
  const child = spawn(process.env['SHELL'] || '/bin/sh', ['-c', `exec ${line}`], { stdio: 'pipe', detached: true });
  const { pid, stdin, stdout, stderr } = child;
  if (pid === undefined) {
    const [cause] = await once(child, 'error');
    throw cause;
  }
  let said = '';
  stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-SAID);
  });
  const stream = new Duplex({
    read: () => void stdout.resume(),
    // Where it reads no more it has ended, or will soon: that is the reason to tell.
    write: (chunk: Buffer, _encoding, done) => void stdin.write(chunk, () => done()),
    final: (done) => void stdin.end(done),
    destroy: (error, done) => {
      for (const pipe of [stdin, stdout]) pipe.destroy();
      endGroup(pid);
      done(error);
    },
  }).on('error', () => {});
  stdin.on('error', () => {});
  stdout.on('data', (chunk: Buffer) => {
    if (!stream.push(chunk)) stdout.pause();
  });
  // Not the end of its output: what it said, and how it ended, is the reason.
  child.once('close', (code, signalName) => {
    const how = signalName === null ? `exited with code ${code}` : `was ended by ${signalName}`;
    if (code === 0) stream.push(null);
    else stream.destroy(new Error(`the ProxyCommand ${how}${said && `: ${said.trim()}`}`));
  });
  const unref = (): void => {
    child.unref();
    for (const pipe of [stdin, stdout, stderr]) if (pipe instanceof Socket) pipe.unref();
  };
  return Object.assign(stream, { unref });
}

/** Its processes may not heed SIGTERM. */
function endGroup(pid: number): void {
  const until = performance.now() + GRACE_MS;
  const look = (): void => {
    if (!signalGroup(pid, performance.now() < until ? 0 : 'SIGKILL')) clearInterval(looks);
  };
  const looks = setInterval(look, LOOK_MS);
  signalGroup(pid, 'SIGTERM');
}

/** Whether there was any of it left. */
function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-pid, signal);
  } catch {
    return false;
  }
}
