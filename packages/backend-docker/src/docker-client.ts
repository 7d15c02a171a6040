import type { IncomingMessage } from 'node:http';
import type { Duplex, Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import Docker from 'dockerode';
import { checkApiVersion } from './connection/api-version.ts';
import type { DaemonAddress } from './connection/daemon-address.ts';
import { DaemonAgent } from './connection/daemon-agent.ts';
import type {
  ContainerState,
  ExecRequest,
  ExecState,
  ImageState,
  LabelledContainer,
  MadeExec,
  MainState,
  OnProgress,
} from './daemon-answers.ts';
import { DaemonRefusal, orAbsent, told } from './daemon-refusal.ts';
import { type FileState, toFileState } from './file-state.ts';
import { HijackedStreams } from './streams/hijacked-streams.ts';

const REMOVAL_LOOK_MS = 20;
/** A kind of change. */
const ADDED = 1;
/**
 * A daemon ends a terminal's input at these keys, and not at none. So they are many, and begin with one that is hardly typed, since it holds
 * back what may be their beginning until the next key.
 */
const DETACH_KEYS = `ctrl-^,${[...'errand-detaches-from-nothing'].join(',')}`;

/** What a container is made of, in the words of the API. */
export type ContainerSpec = Docker.ContainerCreateOptions;

/** A Docker daemon: the few of its calls that are used. All reject with DaemonRefusal, or with what broke the connection. */
export class DockerClient {
  readonly #docker: Docker;
  readonly #agent: DaemonAgent;
  readonly #open = new Set<HijackedStreams>();
  readonly #warned = new Set<string>();
  readonly #onWarning: (text: string) => void;
  /** That it speaks a version of the API which has all that is asked. */
  #isKnown = false;

  /** @param onWarning Told once what a daemon does not do that it was asked for, such as a bound that its kernel has not. */
  constructor(address: DaemonAddress, onWarning: (text: string) => void = () => {}) {
    this.#onWarning = onWarning;
    this.#agent = new DaemonAgent(address);
    // Where it goes is the agent's to say; without `host` dockerode would look at the environment.
    const nowhere = { host: 'http://docker', port: 80, socketPath: undefined, key: undefined, cert: undefined, ca: undefined };
    this.#docker = new Docker({ ...nowhere, protocol: 'http', agent: this.#agent } as unknown as Docker.DockerOptions);
  }

  async ping(signal: AbortSignal): Promise<void> {
    await told(this.#docker.ping(signalled(signal) as never) as unknown as Promise<unknown>, signal);
  }

  async inspect(container: string, signal: AbortSignal): Promise<ContainerState> {
    const { Id, Created, State, Config, HostConfig, Mounts } = await told(
      this.#docker.getContainer(container).inspect({ abortSignal: signal }),
      signal,
    );
    const inMemory = Mounts.filter(({ Type }) => Type === 'tmpfs').map(({ Destination }) => Destination);
    return {
      id: Id,
      createdAt: new Date(Created),
      status: State.Status,
      workingDirectory: Config.WorkingDir || '/',
      inMemory: [...Object.keys((HostConfig.Tmpfs as object | undefined) ?? {}), ...inMemory],
    };
  }

  async labelled(label: string, signal: AbortSignal): Promise<LabelledContainer[]> {
    const filters = { label: [label] };
    const found = await told(this.#docker.listContainers({ all: true, filters, abortSignal: signal }), signal);
    return found.map(({ Id, Names, State, Labels }) => ({
      id: Id,
      name: (Names[0] ?? Id).replace(/^\//, ''),
      status: State,
      labels: Labels,
    }));
  }

  /** Rejects with an ExecError too, where the daemon would make another than is asked for. */
  async create({ name, ...spec }: ContainerSpec, signal: AbortSignal): Promise<string> {
    await this.#checkVersion(signal);
    // dockerode's own call drops the warnings.
    const asked = { path: '/containers/create?', options: { _query: { name }, _body: spec }, statusCodes: { 201: true } };
    const { Id, Warnings } = await this.#post<{ readonly Id: string; readonly Warnings?: readonly string[] | null }>(asked, signal);
    for (const warning of Warnings ?? []) this.#warn(warning);
    return Id;
  }

  async start(container: string, signal: AbortSignal): Promise<void> {
    await told(this.#docker.getContainer(container).start({ abortSignal: signal }), signal);
  }

  /** The stdin of a container's main process, before it is started. */
  async attachInput(container: string, signal: AbortSignal): Promise<Duplex> {
    return unreferenced(await this.#attach(container, { stdin: true }, signal));
  }

  /** All streams of a container's main process, before it is started. */
  async attach(container: string, { stdin }: { readonly stdin: boolean }, signal: AbortSignal): Promise<HijackedStreams> {
    const socket = await this.#attach(container, { stdin, stdout: true, stderr: true }, signal);
    return this.#track(socket, { isTerminal: false, isLaunched: false });
  }

  /** Resolves at the end of a container's main process. */
  async whenStopped(container: string, signal: AbortSignal): Promise<void> {
    await told(this.#docker.getContainer(container).wait({ abortSignal: signal }), signal);
  }

  /** How a container's main process does. */
  async inspectMain(container: string, signal: AbortSignal): Promise<MainState> {
    const { State } = await told(this.#docker.getContainer(container).inspect({ abortSignal: signal }), signal);
    const { Running, ExitCode, OOMKilled, Status, StartedAt } = State;
    const hasStarted = !StartedAt.startsWith('0001-');
    return { isRunning: Running, hasStarted, exitCode: ExitCode, outOfMemory: OOMKilled, isRemoved: Status === 'removing' };
  }

  /** Signals a container's main process. Resolves to whether there was one. */
  async kill(container: string, name: string, signal: AbortSignal): Promise<boolean> {
    const killed = told(this.#docker.getContainer(container).kill({ signal: name, abortSignal: signal }), signal);
    return killed.then(
      () => true,
      (fault) => {
        if (fault instanceof DaemonRefusal && [404, 409].includes(fault.status)) return false;
        throw fault;
      },
    );
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

  /** Undefined where the daemon has it not. */
  async image(image: string, signal: AbortSignal): Promise<ImageState | undefined> {
    const found = await orAbsent(this.#docker.getImage(image).inspect(), signal);
    if (!found) return undefined;
    const { Env, WorkingDir, Volumes } = found.Config ?? {};
    return { env: Env ?? [], workingDirectory: WorkingDir || '/', volumes: Object.keys(Volumes ?? {}) };
  }

  async pull(image: string, onProgress: OnProgress, signal: AbortSignal): Promise<void> {
    const stream = await told(this.#docker.pull(image, { abortSignal: signal }), signal);
    await new Promise<void>((resolve, reject) => {
      const tell = (event: { readonly status?: string; readonly id?: string; readonly progress?: string }): void =>
        onProgress([event.id, event.status, event.progress].filter(Boolean).join(' '));
      // Which takes its loss for its end.
      stream.once('close', () => (stream as IncomingMessage).complete || reject(new Error('the connection was lost within a pull')));
      this.#docker.modem.followProgress(stream, (fault, events) => (fault ? reject(fault) : settle(events, resolve, reject)), tell);
    });
  }

  /** Of a container's file, whether or not that runs; of what a symbolic link leads to. Undefined where it is not there. */
  async stat(container: string, path: string, signal: AbortSignal): Promise<FileState | undefined> {
    const answer = await orAbsent(this.#docker.getContainer(container).infoArchive({ path, abortSignal: signal }), signal);
    const { headers } = ((answer as Readable | undefined)?.resume() ?? {}) as { readonly headers?: Record<string, string> };
    return headers && toFileState(headers['x-docker-container-path-stat'] ?? '');
  }

  /** A tar stream of a file or directory. The container is locked until it was read or destroyed: it starts and ends nothing. */
  async archive(container: string, path: string, signal: AbortSignal): Promise<Readable> {
    const stream = await told(this.#docker.getContainer(container).getArchive({ path, abortSignal: signal }), signal);
    return stream as Readable;
  }

  /** What was made in a container that its image has not. A daemon may have to look at all of both. */
  async added(container: string, signal: AbortSignal): Promise<string[]> {
    const changes = await told(this.#docker.getContainer(container).changes({ abortSignal: signal }), signal);
    return ((changes ?? []) as { readonly Path: string; readonly Kind: number }[])
      .filter(({ Kind }) => Kind === ADDED)
      .map(({ Path }) => Path);
  }

  async makeExec(container: string, request: ExecRequest, signal: AbortSignal): Promise<MadeExec> {
    const { command, user, cwd, env, stdin = true, isLaunched = true, terminal } = request;
    const { id } = await told(
      this.#docker.getContainer(container).exec({
        Cmd: [...command],
        AttachStdin: stdin,
        AttachStdout: true,
        AttachStderr: true,
        Tty: terminal !== undefined,
        ...(terminal && { Env: [`TERM=${terminal.term}`], DetachKeys: DETACH_KEYS }),
        ...(env && { Env: [...env] }),
        ...(cwd !== undefined && { WorkingDir: cwd }),
        ...(user !== undefined && { User: user }),
        abortSignal: signal,
      }),
      signal,
    );
    return { id, isTerminal: terminal !== undefined, isLaunched: isLaunched && !terminal };
  }

  /** What fails here may have been started, unless the daemon refused it. */
  async startExec({ id, isTerminal, isLaunched }: MadeExec, signal: AbortSignal): Promise<HijackedStreams> {
    const socket = await told(this.#docker.getExec(id).start({ hijack: true, stdin: true, Tty: isTerminal, abortSignal: signal }), signal);
    return this.#track(socket, { isTerminal, isLaunched });
  }

  async inspectExec({ id }: MadeExec, signal: AbortSignal): Promise<ExecState> {
    const { Running, ExitCode, Pid } = await told(this.#docker.getExec(id).inspect({ abortSignal: signal }), signal);
    return { isRunning: Running, hasStarted: Pid > 0, ...(typeof ExitCode === 'number' && { exitCode: ExitCode }) };
  }

  async resizeExec({ id }: MadeExec, columns: number, rows: number, signal: AbortSignal): Promise<void> {
    await told(this.#docker.getExec(id).resize({ w: columns, h: rows, abortSignal: signal }), signal);
  }

  /** Without a body: dockerode's own call has one, and Podman takes it for the process's input. */
  #attach(container: string, streams: Readonly<Record<string, boolean>>, signal: AbortSignal): Promise<Duplex> {
    const options = { stream: true, ...streams };
    const asked = {
      path: `/containers/${container}/attach?`,
      options,
      file: Buffer.alloc(0),
      isStream: true,
      hijack: true,
      statusCodes: {},
    };
    return this.#post(asked, signal);
  }

  #post<T>(asked: { readonly path: string }, signal: AbortSignal): Promise<T> {
    const answered = new Promise<T>((resolve, reject) => {
      const settle = (fault: unknown, answer: unknown): void => (fault ? reject(fault) : resolve(answer as T));
      this.#docker.modem.dial({ method: 'POST', ...asked, abortSignal: signal }, settle);
    });
    return told(answered, signal);
  }

  #warn(warning: string): void {
    if (this.#warned.has(warning)) return;
    this.#warned.add(warning);
    this.#onWarning(warning);
  }

  async #checkVersion(signal: AbortSignal): Promise<void> {
    if (this.#isKnown) return;
    const answer = await told(this.#docker.version(signalled(signal) as never) as unknown as Promise<unknown>, signal);
    checkApiVersion(String(Reflect.get(Object(answer), 'ApiVersion')));
    this.#isKnown = true;
  }

  /** Cuts every connection. */
  close(): void {
    for (const streams of this.#open) streams.destroy();
    this.#agent.destroy();
  }

  #track(socket: Duplex, kind: { readonly isTerminal: boolean; readonly isLaunched: boolean }): HijackedStreams {
    const streams = new HijackedStreams(unreferenced(socket), kind);
    this.#open.add(streams);
    const forget = (): void => void this.#open.delete(streams);
    streams.ended.then(forget, forget);
    return streams;
  }
}

/** A pull that fails half-way says so in the last of its lines alone. */
function settle(events: readonly { readonly error?: string }[] | null, resolve: () => void, reject: (fault: Error) => void): void {
  const why = events?.find(({ error }) => error !== undefined)?.error;
  if (why === undefined) resolve();
  else reject(new DaemonRefusal(500, why));
}

/** Which its types do not have everywhere. */
function signalled(abortSignal: AbortSignal): object {
  return { abortSignal };
}

/** What waits for a process keeps Node alive itself. */
function unreferenced<S extends Duplex>(stream: S): S {
  if ('unref' in stream && typeof stream.unref === 'function') stream.unref();
  return stream;
}
