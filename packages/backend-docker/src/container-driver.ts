import {
  type Driver,
  type DriverContext,
  type DriverProcess,
  type DriverSupports,
  isExecError,
  NotStarted,
  type ProcessRequest,
} from '@errand/core';
import { invalidOption } from '@errand/core/checks';
import { CommandContainer } from './container/command-container.ts';
import { DEFAULT_LIMITS } from './container/hardening.ts';
import { ImageSource, type ImageSourceOptions } from './container/image-source.ts';
import { LeftOvers } from './container/left-overs.ts';
import { MadeContainer, type MadeContainerOptions } from './container/made-container.ts';
import { SpareContainers } from './container/spare-containers.ts';
import type { DockerClient } from './docker-client.ts';
import { daemonFault } from './docker-errors.ts';
import { checkUser, LEAST_MEMORY_BYTES } from './docker-options.ts';
import { execSupports } from './docker-supports.ts';
import { PlainContainer } from './plain/plain-container.ts';

/** For a daemon to answer what nobody gives up. */
const ANSWER_MS = 10_000;

export interface ContainerDriverOptions extends Omit<MadeContainerOptions, 'leftOvers' | 'images'>, ImageSourceOptions {
  readonly allowInspectableEnv?: boolean;
  /** How many are made ahead. */
  readonly warm?: number;
}

/** A container of its own for each command. */
export class ContainerDriver implements Driver {
  readonly supports: DriverSupports;
  readonly #client: DockerClient;
  readonly #options: ContainerDriverOptions & MadeContainerOptions;
  readonly #context: DriverContext;
  readonly #spares: SpareContainers;
  readonly #open = new Set<CommandContainer | PlainContainer>();

  constructor(client: DockerClient, { warm = 0, ...options }: ContainerDriverOptions, supports: DriverSupports, context: DriverContext) {
    this.#client = client;
    this.#options = { ...options, images: new ImageSource(client, options), leftOvers: new LeftOvers(client), hasMainShell: true };
    this.supports = supports;
    this.#context = context;
    this.#spares = new SpareContainers(warm, () => this.#container());
  }

  async start(request: ProcessRequest, signal: AbortSignal): Promise<DriverProcess> {
    checkRequest(request);
    if (this.#options.shell === false) return this.#opened(this.#plain(request)).start(signal);
    const [container, isSpare] = this.#launched(request);
    const started = this.#opened(container).start(request, signal);
    if (isSpare) this.#spares.fillAfter(started);
    return started;
  }

  async ping(signal: AbortSignal): Promise<void> {
    try {
      await this.#client.ping(signal);
      await this.#make().check(signal);
    } catch (fault) {
      throw signal.aborted ? fault : daemonFault(fault);
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#spares.close(), ...[...this.#open].map((container) => container.end())]);
    await this.#options.leftOvers.removeOwn(AbortSignal.timeout(ANSWER_MS));
    this.#client.close();
  }

  #opened<C extends CommandContainer | PlainContainer>(container: C): C {
    this.#open.add(container);
    container.gone.then(() => this.#open.delete(container));
    return container;
  }

  #launched(request: ProcessRequest): [container: CommandContainer, isSpare: boolean] {
    const { limits, user } = request;
    const isUsual = limits.memoryBytes === undefined && user === undefined;
    return isUsual ? [this.#spares.take(), true] : [this.#container(limits.memoryBytes, user), false];
  }

  #container(memoryBytes?: number, user?: string): CommandContainer {
    const parts = { source: this.#make(memoryBytes, user), supports: execSupports(this.#options) };
    return new CommandContainer(this.#client, parts, this.#context);
  }

  #plain(request: ProcessRequest): PlainContainer {
    const { allowInspectableEnv: allowsEnv = false } = this.#options;
    const options = { ...this.#bounded(request.limits.memoryBytes), allowsEnv, tellsOutOfMemory: this.supports.outOfMemory };
    return new PlainContainer(this.#client, options, request);
  }

  #make(memoryBytes?: number, user?: string): MadeContainer {
    return new MadeContainer(this.#client, { ...this.#bounded(memoryBytes), ...(user !== undefined && { user }) });
  }

  /** The target's bound holds for who asks for more memory. */
  #bounded(memoryBytes: number | undefined): MadeContainerOptions {
    const options = this.#options;
    if (memoryBytes === undefined) return options;
    const most = options.limits?.memoryBytes ?? DEFAULT_LIMITS.memoryBytes;
    const bounded = most === false ? memoryBytes : Math.min(memoryBytes, most);
    return { ...options, limits: { ...options.limits, memoryBytes: bounded } };
  }
}

function checkRequest({ user, limits: { memoryBytes } }: ProcessRequest): void {
  try {
    if (user !== undefined) checkUser('user', user);
    if (memoryBytes !== undefined && memoryBytes < LEAST_MEMORY_BYTES)
      throw invalidOption('limits.memoryBytes', 'is less than a container can have', 'at least 6 MiB');
  } catch (fault) {
    throw isExecError(fault) ? new NotStarted(fault) : fault;
  }
}
