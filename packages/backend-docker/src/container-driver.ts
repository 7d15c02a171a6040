import {
  type Driver,
  type DriverContext,
  type DriverProcess,
  type DriverSupports,
  isExecError,
  NotStarted,
  type ProcessRequest,
} from '@errand/core';
import { CommandContainer } from './container/command-container.ts';
import { DEFAULT_LIMITS } from './container/hardening.ts';
import { LeftOvers } from './container/left-overs.ts';
import { MadeContainer, type MadeContainerOptions } from './container/made-container.ts';
import { SpareContainers } from './container/spare-containers.ts';
import type { DockerClient } from './docker-client.ts';
import { daemonFault } from './docker-errors.ts';
import { checkUser } from './docker-options.ts';
import { execSupports } from './docker-supports.ts';

export interface ContainerDriverOptions extends Omit<MadeContainerOptions, 'leftOvers'> {
  /** How many are made ahead. */
  readonly warm?: number;
}

/** A container of its own for each command. */
export class ContainerDriver implements Driver {
  readonly supports: DriverSupports;
  readonly #client: DockerClient;
  readonly #options: MadeContainerOptions;
  readonly #context: DriverContext;
  readonly #spares: SpareContainers;
  readonly #open = new Set<CommandContainer>();

  constructor(client: DockerClient, { warm = 0, ...options }: ContainerDriverOptions, supports: DriverSupports, context: DriverContext) {
    this.#client = client;
    this.#options = { ...options, leftOvers: new LeftOvers(client) };
    this.supports = supports;
    this.#context = context;
    this.#spares = new SpareContainers(warm, () => this.#make());
  }

  async start(request: ProcessRequest, signal: AbortSignal): Promise<DriverProcess> {
    const { limits, user } = request;
    const { memoryBytes } = limits;
    checkAccount(user);
    const source = memoryBytes === undefined && user === undefined ? this.#spares.take() : this.#make({ memoryBytes, user });
    const parts = { source, supports: execSupports(this.#options) };
    const container = new CommandContainer(this.#client, parts, request, this.#context);
    this.#open.add(container);
    container.gone.then(() => this.#open.delete(container));
    return container.start(signal);
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
    this.#client.close();
  }

  /** The target's bound holds for who asks for more memory. */
  #make({ memoryBytes, user }: { readonly memoryBytes?: number | undefined; readonly user?: string | undefined } = {}): MadeContainer {
    const options = { ...this.#options, ...(user !== undefined && { user }) };
    if (memoryBytes === undefined) return new MadeContainer(this.#client, options);
    const { limits } = options;
    const most = limits?.memoryBytes ?? DEFAULT_LIMITS.memoryBytes;
    const bounded = most === false ? memoryBytes : Math.min(memoryBytes, most);
    return new MadeContainer(this.#client, { ...options, limits: { ...limits, memoryBytes: bounded } });
  }
}

function checkAccount(user: string | undefined): void {
  try {
    if (user !== undefined) checkUser('user', user);
  } catch (fault) {
    throw isExecError(fault) ? new NotStarted(fault) : fault;
  }
}
