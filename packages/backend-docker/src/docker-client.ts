import type { Duplex, Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import Docker from 'dockerode';
import type { DaemonAddress } from './connection/daemon-address.ts';
import { DaemonAgent } from './connection/daemon-agent.ts';
import { orAborted } from './connection/or-aborted.ts';
import { HijackedStreams } from './streams/hijacked-streams.ts';

const REMOVAL_LOOK_MS = 20;
/**
 * A daemon ends a terminal's input at these keys, and not at none. So they are many, and begin with one that is hardly typed, since it holds
 * back what may be their beginning until the next key.
 */
const DETACH_KEYS = `ctrl-^,${[...'errand-detaches-from-nothing'].join(',')}`;

/** What a daemon answered in place of what it was asked for. */
export class DaemonRefusal extends Error {
  /** As HTTP has it: 404 for what is not there, 409 for what cannot be now. */
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'DaemonRefusal';
    this.status = status;
  }
}

/** A process in a container that runs. */
export interface ExecRequest {
  readonly command: readonly string[];
  readonly user?: string;
  /** In a terminal of this size. */
  readonly terminal?: { readonly columns: number; readonly rows: number; readonly term: string };
}

/** One that was made and not started. */
export interface MadeExec {
  readonly id: string;
  readonly isTerminal: boolean;
}

/** How a process does, as far as a daemon says. */
export interface ExecState {
  readonly isRunning: boolean;
  readonly exitCode?: number;
}

/** What a container is made of, in the words of the API. */
export type ContainerSpec = Docker.ContainerCreateOptions;

/** What is asked of a container. */
export interface ContainerState {
  readonly id: string;
  /** created, running, paused, restarting, removing, exited, dead. */
  readonly status: string;
}

/** One of those that carry a label. */
export interface LabelledContainer extends ContainerState {
  readonly labels: Readonly<Record<string, string>>;
}

/** What an image is loaded with: text of the daemon, as it comes. */
export type OnProgress = (line: string) => void;

/** A Docker daemon: the few of its calls that are used. All reject with DaemonRefusal, or with what broke the connection. */
export class DockerClient {
  readonly #docker: Docker;
  readonly #agent: DaemonAgent;
  readonly #open = new Set<HijackedStreams>();

  constructor(address: DaemonAddress) {
    this.#agent = new DaemonAgent(address);
    // Where it goes is the agent's to say; without `host` dockerode would look at the environment.
    const nowhere = { host: 'http://docker', port: 80, socketPath: undefined, key: undefined, cert: undefined, ca: undefined };
    this.#docker = new Docker({ ...nowhere, protocol: 'http', agent: this.#agent } as unknown as Docker.DockerOptions);
  }

  async ping(signal: AbortSignal): Promise<void> {
    await told(this.#docker.ping(signalled(signal) as never) as unknown as Promise<unknown>, signal);
  }

  async inspect(container: string, signal: AbortSignal): Promise<ContainerState> {
    const { Id, State } = await told(this.#docker.getContainer(container).inspect({ abortSignal: signal }), signal);
    return { id: Id, status: State.Status };
  }

  async labelled(label: string, signal: AbortSignal): Promise<LabelledContainer[]> {
    const filters = { label: [label] };
    const found = await told(this.#docker.listContainers({ all: true, filters, abortSignal: signal }), signal);
    return found.map(({ Id, State, Labels }) => ({ id: Id, status: State, labels: Labels }));
  }

  async create(spec: ContainerSpec, signal: AbortSignal): Promise<string> {
    const { id } = await told(this.#docker.createContainer({ ...spec, abortSignal: signal }), signal);
    return id;
  }

  async start(container: string, signal: AbortSignal): Promise<void> {
    await told(this.#docker.getContainer(container).start({ abortSignal: signal }), signal);
  }

  /** The stdin of a container's main process, before it is started. */
  async attachInput(container: string, signal: AbortSignal): Promise<Duplex> {
    const stream = await told(
      this.#docker.getContainer(container).attach({ stream: true, stdin: true, hijack: true, abortSignal: signal }),
      signal,
    );
    return unreferenced(stream as Duplex);
  }

  /** With its anonymous volumes. One that is gone, or going, is no fault. */
  async remove(container: string, signal: AbortSignal): Promise<void> {
    const removed = told(this.#docker.getContainer(container).remove({ force: true, v: true, abortSignal: signal }), signal);
    await removed.catch((fault) => {
      if (!(fault instanceof DaemonRefusal) || ![404, 409].includes(fault.status)) throw fault;
    });
  }

  /** Resolves when it is there no more: a daemon answers before it is, where it removes it for two reasons at once. */
  async whenRemoved(container: string, signal: AbortSignal): Promise<void> {
    for (;;) {
      const isGone = await this.inspect(container, signal).then(
        () => false,
        (fault) => fault instanceof DaemonRefusal && fault.status === 404,
      );
      if (isGone) return;
      await delay(REMOVAL_LOOK_MS, undefined, { signal });
    }
  }

  /** Whether the daemon has it. */
  async hasImage(image: string, signal: AbortSignal): Promise<boolean> {
    return isThere(this.#docker.getImage(image).inspect(), signal);
  }

  async pull(image: string, onProgress: OnProgress, signal: AbortSignal): Promise<void> {
    const stream = await told(this.#docker.pull(image, { abortSignal: signal }), signal);
    await new Promise<void>((resolve, reject) => {
      const tell = (event: { readonly status?: string; readonly id?: string; readonly progress?: string }): void =>
        onProgress([event.id, event.status, event.progress].filter(Boolean).join(' '));
      this.#docker.modem.followProgress(stream, (fault, events) => (fault ? reject(fault) : settle(events, resolve, reject)), tell);
    });
  }

  /** Whether a container has this file, whether or not it runs. */
  async hasFile(container: string, path: string, signal: AbortSignal): Promise<boolean> {
    const answered = this.#docker.getContainer(container).infoArchive({ path, abortSignal: signal });
    return isThere(
      answered.then((body) => (body as Readable).resume()),
      signal,
    );
  }

  async makeExec(container: string, { command, user, terminal }: ExecRequest, signal: AbortSignal): Promise<MadeExec> {
    const { id } = await told(
      this.#docker.getContainer(container).exec({
        Cmd: [...command],
        AttachStdin: true,
        AttachStdout: true,
        AttachStderr: true,
        Tty: terminal !== undefined,
        ...(terminal && { Env: [`TERM=${terminal.term}`], DetachKeys: DETACH_KEYS }),
        ...(user !== undefined && { User: user }),
        abortSignal: signal,
      }),
      signal,
    );
    return { id, isTerminal: terminal !== undefined };
  }

  /** What fails here may have been started, unless the daemon refused it. */
  async startExec({ id, isTerminal }: MadeExec, signal: AbortSignal): Promise<HijackedStreams> {
    const socket = await told(this.#docker.getExec(id).start({ hijack: true, stdin: true, Tty: isTerminal, abortSignal: signal }), signal);
    const streams = new HijackedStreams(unreferenced(socket), { isTerminal });
    this.#open.add(streams);
    const forget = (): void => void this.#open.delete(streams);
    streams.ended.then(forget, forget);
    return streams;
  }

  async inspectExec({ id }: MadeExec, signal: AbortSignal): Promise<ExecState> {
    const { Running, ExitCode } = await told(this.#docker.getExec(id).inspect({ abortSignal: signal }), signal);
    return { isRunning: Running, ...(typeof ExitCode === 'number' && { exitCode: ExitCode }) };
  }

  async resizeExec({ id }: MadeExec, columns: number, rows: number, signal: AbortSignal): Promise<void> {
    await told(this.#docker.getExec(id).resize({ w: columns, h: rows, abortSignal: signal }), signal);
  }

  /** Cuts every connection. */
  close(): void {
    for (const streams of this.#open) streams.destroy();
    this.#agent.destroy();
  }
}

/** A pull that fails half-way says so in the last of its lines alone. */
function settle(events: readonly { readonly error?: string }[] | null, resolve: () => void, reject: (fault: Error) => void): void {
  const why = events?.find(({ error }) => error !== undefined)?.error;
  if (why === undefined) resolve();
  else reject(new DaemonRefusal(500, why));
}

async function isThere(asked: Promise<unknown>, signal: AbortSignal): Promise<boolean> {
  return told(asked, signal).then(
    () => true,
    (fault) => {
      if (fault instanceof DaemonRefusal && fault.status === 404) return false;
      throw fault;
    },
  );
}

/** Which its types do not have everywhere. */
function signalled(abortSignal: AbortSignal): object {
  return { abortSignal };
}

/** dockerode's faults, in our words where the daemon gave an answer; the reason of `signal` where that aborted. */
async function told<T>(asked: Promise<T>, signal: AbortSignal): Promise<T> {
  try {
    return await orAborted(asked, signal);
  } catch (fault) {
    signal.throwIfAborted();
    const { statusCode, json, message } = fault as { statusCode?: unknown; json?: { message?: unknown }; message?: unknown };
    if (typeof statusCode !== 'number') throw fault;
    throw new DaemonRefusal(statusCode, String(json?.message ?? message).trim());
  }
}

/** What waits for a process keeps Node alive itself. */
function unreferenced<S extends Duplex>(stream: S): S {
  if ('unref' in stream && typeof stream.unref === 'function') stream.unref();
  return stream;
}
