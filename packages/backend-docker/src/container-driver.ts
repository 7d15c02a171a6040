import type { Driver, DriverContext, DriverProcess, DriverSupports, ProcessRequest } from '@errand/core';
import { CommandContainer } from './container/command-container.ts';
import { LeftOvers } from './container/left-overs.ts';
import { MadeContainer, type MadeContainerOptions } from './container/made-container.ts';
import type { DockerClient } from './docker-client.ts';
import { daemonFault } from './docker-errors.ts';

/** A container of its own for each command. */
export class ContainerDriver implements Driver {
  readonly supports: DriverSupports;
  readonly #client: DockerClient;
  readonly #options: MadeContainerOptions;
  readonly #context: DriverContext;
  readonly #open = new Set<CommandContainer>();

  constructor(client: DockerClient, options: Omit<MadeContainerOptions, 'leftOvers'>, supports: DriverSupports, context: DriverContext) {
    this.#client = client;
    this.#options = { ...options, leftOvers: new LeftOvers(client) };
    this.supports = supports;
    this.#context = context;
  }

  async start(request: ProcessRequest, signal: AbortSignal): Promise<DriverProcess> {
    const container = new CommandContainer(this.#client, this.#options, request, this.#context);
    this.#open.add(container);
    container.gone.then(() => this.#open.delete(container));
    return container.start(signal);
  }

  async ping(signal: AbortSignal): Promise<void> {
    try {
      await this.#client.ping(signal);
      await new MadeContainer(this.#client, this.#options).check(signal);
    } catch (fault) {
      throw signal.aborted ? fault : daemonFault(fault);
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open].map((container) => container.end()));
    this.#client.close();
  }
}
