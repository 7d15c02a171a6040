import { randomBytes } from 'node:crypto';
import { type ByteChannel, type DriverProcess, NotStarted, type ProcessRequest } from '../driver.ts';
import { ExecError } from '../errors.ts';
import { refused } from '../launcher/launch.ts';
import { keepingNodeAlive } from '../supervisor/keeping-node-alive.ts';
import { commandSource } from './command-source.ts';
import { type CommandStreams, commandStreams } from './command-streams.ts';
import { Gone } from './gone.ts';
import { letGo } from './let-go.ts';
import { isPlainEnvironment } from './servable.ts';
import { shellEnded } from './shell-ended.ts';
import { ShellStream } from './shell-stream.ts';
import { WarmCommand } from './warm-command.ts';
import { becomeSource, runSource, serveSource } from './warm-shell-script.ts';
import type { WarmTarget } from './warm-target.ts';

/** A shell that says nothing for so long is given up. */
const HELLO_MS = 30_000;
/** Few processes come and go in so many milliseconds: the shell need not look again which was the last before its command. */
const SOON_MS = 10;

export interface WarmShellOptions {
  readonly target: WarmTarget;
  /** The shell's file and its options, separated by spaces. */
  readonly shell: string;
  /** By which the supervisor finds it; begins with the executor's. */
  readonly marker: string;
}

interface Opened {
  readonly channel: ByteChannel;
  readonly stdout: ShellStream;
  readonly stderr: ShellStream;
  readonly pid: number;
  readonly birth: string;
  /** Whether it evaluates scripts as it runs them. */
  readonly evaluates: boolean;
}

/** One shell on the target that runs one command after the other, each in a subshell. */
export class WarmShell {
  /** Rejects when it cannot be opened. */
  readonly ready: Promise<void>;
  /** Resolves when it is gone, or never came. */
  readonly closed: Promise<void>;
  /** Whether it can take a command. Once false it never can again. */
  usable = true;
  /** Whether the connection to it was lost. */
  isConnectionLost = false;
  /** Called once it is of no more use, and between two commands. */
  onChange: () => void = () => {};
  readonly #options: WarmShellOptions;
  readonly #abort = new AbortController();
  readonly #gone = new Gone();
  readonly #opening: Promise<Opened>;
  #opened: Opened | undefined;
  #busy = false;
  #discarded = false;
  #endedAt = Number.NEGATIVE_INFINITY;

  constructor(options: WarmShellOptions) {
    this.#options = options;
    this.#opening = keepingNodeAlive(this.#open());
    this.ready = this.#opening.then((opened) => {
      this.#opened = opened;
    });
    this.closed = this.#opening.then(
      ({ channel }) => channel.closed.catch(() => {}),
      () => {},
    );
    this.ready.catch(() => this.discard());
  }

  get isReady(): boolean {
    return this.#opened !== undefined;
  }

  /** Acts when its process is gone, if need be at once; what is returned keeps it from doing so. */
  whenGone(act: () => void): () => void {
    return this.#gone.when(act);
  }

  get isIdle(): boolean {
    return this.usable && !this.#busy;
  }

  /** Runs a command; the shell must be ready and idle. */
  async start(request: ProcessRequest, signal: AbortSignal): Promise<DriverProcess> {
    const opened = this.#opened;
    if (!opened || !this.isIdle) throw this.#notStarted();
    this.#busy = true;
    const { target, shell } = this.#options;
    const inbox = target.registers ? await this.#inbox() : undefined;
    if (!this.usable) throw this.#notStarted();
    const [file = ''] = shell.split(' ');
    const source = commandSource(request, inbox, opened.evaluates ? file : undefined);
    const end = randomBytes(16).toString('base64url');
    // Nobody has its stderr between two commands (see LEFT): a first frame there would be a message more, and tell nothing.
    const streams = commandStreams(opened, { begins: { stdout: request.nonce }, end });
    const soon = performance.now() - this.#endedAt < SOON_MS;
    opened.channel.stdin.write(runSource({ source, begin: request.nonce, end, soon }));
    // A shell that does not answer would run the command whenever it does.
    const kill = (): void => this.kill();
    signal.addEventListener('abort', kill, { once: true });
    if (signal.aborted) kill();
    return keepingNodeAlive(this.#answered(request, streams, opened, inbox)).finally(() => signal.removeEventListener('abort', kill));
  }

  /** Takes no further command; ends once the one that runs is over. */
  retire(): void {
    this.#opened?.channel.release?.();
    if (!this.usable) return;
    this.usable = false;
    this.#opened?.channel.stdin.end();
    if (!this.#busy) this.discard();
  }

  /** Ends it with all that runs in it, whatever state it is in. */
  kill(): void {
    this.retire();
    this.#options.target.supervisor.signal(this.#options.marker, 'SIGKILL', 'tree').catch(() => this.#opened?.channel.destroy());
  }

  /** Lets go of it: it ends once its input has. */
  discard(): void {
    if (this.#discarded) return;
    this.#discarded = true;
    this.usable = false;
    this.#abort.abort(new ExecError('EXEC_UNAVAILABLE', 'The warm shell was given up.'));
    if (this.#opened) letGo(this.#opened.channel);
    this.#options.target.supervisor.release(this.#options.marker);
    this.onChange();
  }

  async #open(): Promise<Opened> {
    const { target, shell, marker } = this.#options;
    const base = (await target.base?.(this.#abort.signal)) ?? {};
    if (!isPlainEnvironment(base)) throw new ExecError('EXEC_UNAVAILABLE', 'A warm shell would not hand on all of its environment.');
    const channel = await target.openShell(this.#abort.signal);
    const timer = setTimeout(() => channel.destroy(), HELLO_MS).unref();
    try {
      channel.stdin.on('error', () => {});
      const noteLoss = (): void => {
        this.isConnectionLost = true;
      };
      channel.closed.catch(noteLoss).then(() => this.#lost());
      const stray = (): void => this.retire();
      const stdout = new ShellStream(channel.stdout, stray, channel.delivered);
      const stderr = new ShellStream(channel.stderr, () => this.#opened && stray(), channel.delivered);
      const nonce = randomBytes(16).toString('hex');
      const up = stdout.line(nonce);
      channel.stdin.write(becomeSource(nonce, shell, marker));
      const [, outer = ''] = said(await up);
      // On both: until something came on stderr, whoever sends both over one connection may hold nothing back.
      const hellos = { stdout: stdout.line(nonce), stderr: stderr.line(nonce) };
      channel.stdin.write(serveSource({ nonce, executorMarker: marker.slice(0, marker.lastIndexOf('.')), outer, base }));
      said(await hellos.stderr);
      const [, pid = '', group = '', birth = '0', kind = ''] = said(await hellos.stdout);
      if (pid !== group) throw new ExecError('EXEC_UNAVAILABLE', 'The target gives a shell no process group of its own.');
      if (this.#abort.signal.aborted) throw this.#abort.signal.reason;
      target.supervisor.register({ key: marker, pid: Number(pid), startTime: birth, killGraceMs: 0 });
      return { channel, stdout, stderr, pid: Number(pid), birth, evaluates: kind !== 'bash' };
    } catch (error) {
      channel.destroy();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  async #inbox(): Promise<string> {
    return this.#options.target.supervisor.ready().catch((error: ExecError) => {
      this.#idle();
      throw new NotStarted(error);
    });
  }

  #notStarted(): NotStarted {
    this.#idle();
    return new NotStarted(new ExecError('EXEC_UNAVAILABLE', 'The warm shell ended before it got the command.'));
  }

  async #answered(request: ProcessRequest, streams: CommandStreams, opened: Opened, inbox: string | undefined): Promise<DriverProcess> {
    const { stdout, stderr } = streams;
    const over = Promise.all([stdout.ended, stderr.ended]).then((frames) => {
      if (frames.some((frame) => frame === undefined || frame[2] === 'held') || stdout.strayBytes > 0 || stderr.strayBytes > 0)
        this.retire();
      this.#endedAt = performance.now();
      this.#idle();
    });
    const [word, what = ''] = (await stdout.begun) ?? [];
    if (word === 'started' && (await stderr.begun)) {
      return new WarmCommand({
        request,
        ...streams,
        shell: this,
        supervisor: this.#options.target.supervisor,
        pid: opened.pid,
        birth: opened.birth,
        inbox,
      }).process;
    }
    const ended = await stdout.ended;
    await over;
    stdout.resume();
    stderr.resume();
    if (word === 'refused') throw refused(what, request, inbox ?? '');
    if (word === undefined && ended) {
      throw new NotStarted(new ExecError('EXEC_UNAVAILABLE', 'The shell for the command ended before it ran anything.'));
    }
    throw new Error('the shell ended before it said that the command runs');
  }

  #idle(): void {
    this.#busy = false;
    if (!this.usable) this.discard();
    else this.onChange();
  }

  #lost(): void {
    this.#gone.tell();
    this.usable = false;
    if (!this.#busy) this.discard();
  }
}

function said(words: readonly string[] | undefined): readonly string[] {
  if (words) return words;
  throw shellEnded();
}
