import { setTimeout as delay } from 'node:timers/promises';
import {
  type DriverContext,
  type DriverProcess,
  type DriverSupports,
  type KillScope,
  LaunchedDriver,
  launchLine,
  type ProcessRequest,
  type Signal,
  scriptLine,
} from '@errand/core';
import type { DockerClient } from '../docker-client.ts';
import { DockerDriver } from '../docker-driver.ts';
import type { ContainerSource } from './container-source.ts';

/** How often it is looked at whether what a command left has ended. */
const LOOK_MS = 50;

/** What it is made of. */
export interface ContainerParts {
  /** Of no other command. */
  readonly source: ContainerSource;
  /** What the driver of commands in it supports. */
  readonly supports: DriverSupports;
}

/** One command's container: made for it, and removed after it with all that it left. */
export class CommandContainer {
  /** Resolves once it is removed. */
  readonly gone: Promise<void>;
  readonly #docker: DockerDriver;
  readonly #driver: LaunchedDriver;
  readonly #tellGone: () => void;
  #hasBegun = false;
  #ending: Promise<void> | undefined;
  #scope: KillScope = 'group';

  constructor(client: DockerClient, { source, supports }: ContainerParts, context: DriverContext) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.gone = promise;
    this.#tellGone = resolve;
    const { executorMarker, lifelineMs, logger } = context;
    this.#docker = new DockerDriver(client, source, supports, { isShared: true });
    this.#driver = new LaunchedDriver(this.#docker, { executorMarker, lifelineMs, ...(logger && { logger }) });
  }

  /** Makes it ahead of its command, with all that a command without a stdin waits for. */
  async makeReady(): Promise<void> {
    this.#hasBegun = true;
    this.#docker.openAhead(scriptLine());
    await this.#driver.warm.supervisor.ready();
  }

  async start(request: ProcessRequest, signal: AbortSignal): Promise<DriverProcess> {
    // While the supervisor begins, so does the launcher.
    if (!this.#hasBegun) this.#docker.openAhead(request.stdin ? launchLine() : scriptLine());
    // How much memory there is for all of it is the container's to say, and as whom commands run there.
    const { memoryBytes: _, ...limits } = request.limits;
    const { user: _user, ...own } = request;
    try {
      const process = await this.#driver.start({ ...own, limits }, signal);
      void this.#endAfter(process, request.killGraceMs);
      return { ...process, kill: (name, scope) => this.#kill(process, name, scope) };
    } catch (fault) {
      void this.end();
      throw fault;
    }
  }

  /** Removes it, with all that runs in it. Never rejects. */
  end(): Promise<void> {
    this.#ending ??= this.#driver
      .close()
      .catch(() => {})
      .then(this.#tellGone);
    return this.#ending;
  }

  /** What a removed container had is gone. */
  async #kill(process: DriverProcess, signal: Signal | 'SIG0', scope: KillScope): Promise<boolean> {
    if (this.#ending) return false;
    if (scope === 'tree') this.#scope = scope;
    try {
      return (await process.kill?.(signal, scope)) ?? false;
    } catch (fault) {
      if (this.#ending) return false;
      throw fault;
    }
  }

  /** What the command left in its group has been sent SIGTERM, and has its grace. */
  async #endAfter(process: DriverProcess, killGraceMs: number): Promise<void> {
    await process.exit.catch(() => {});
    await process.delivered;
    const end = performance.now() + killGraceMs;
    const isLeft = (): Promise<boolean> => this.#kill(process, 'SIG0', this.#scope).catch(() => false);
    while (performance.now() < end && (await isLeft())) await delay(LOOK_MS, undefined, { ref: false });
    await this.end();
  }
}
