import type { Driver, DriverContext, DriverProcess, DriverSupports, ProcessRequest } from '@errand/core';
import { CommandContainer } from './container/command-container.ts';
import { DEFAULT_LIMITS } from './container/hardening.ts';
import { LeftOvers } from './container/left-overs.ts';
import { MadeContainer, type MadeContainerOptions } from './container/made-container.ts';
import { SpareContainers } from './container/spare-containers.ts';
import type { DockerClient } from './docker-client.ts';
import { daemonFault } from './docker-errors.ts';
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
    const { memoryBytes } = request.limits;
    const source = memoryBytes === undefined ? this.#spares.take() : this.#make(memoryBytes);
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
  #make(memoryBytes?: number): MadeContainer {
    const { limits } = this.#options;
    if (memoryBytes === undefined) return new MadeContainer(this.#client, this.#options);
    const most = limits?.memoryBytes ?? DEFAULT_LIMITS.memoryBytes;
    const bounded = most === false ? memoryBytes : Math.min(memoryBytes, most);
    return new MadeContainer(this.#client, { ...this.#options, limits: { ...limits, memoryBytes: bounded } });
  }
}
