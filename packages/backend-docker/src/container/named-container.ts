import { DaemonRefusal } from '../daemon-refusal.ts';
import type { DockerClient } from '../docker-client.ts';
import { noContainer, noShell, notRunning } from '../docker-errors.ts';
import type { ContainerSource } from './container-source.ts';

/** A container of the caller's, which is neither started nor ended. */
export class NamedContainer implements ContainerSource {
  readonly user: string | undefined;
  readonly #client: DockerClient;
  readonly #name: string;
  readonly #needsShell: boolean;
  #known: string | undefined;

  constructor(
    client: DockerClient,
    name: string,
    { user, shell = true }: { readonly user?: string | undefined; readonly shell?: boolean | undefined },
  ) {
    this.#client = client;
    this.#name = name;
    this.#needsShell = shell;
    this.user = user;
  }

  /** @throws ExecError `EXEC_NOT_FOUND`, `EXEC_UNAVAILABLE`, `EXEC_NOT_SUPPORTED` */
  async ready(signal: AbortSignal): Promise<string> {
    if (this.#known !== undefined) return this.#known;
    const { id, status } = await this.#client.inspect(this.#name, signal).catch((fault) => {
      throw fault instanceof DaemonRefusal && fault.status === 404 ? noContainer(this.#name, fault) : fault;
    });
    if (status !== 'running') throw notRunning(this.#name, status);
    if (this.#needsShell && !(await this.#client.stat(id, '/bin/sh', signal))) throw noShell(`the container '${this.#name}'`);
    this.#known = id;
    return id;
  }

  /** It may have been made anew under the same name. */
  lost(id: string): boolean {
    if (this.#known === id) this.#known = undefined;
    return true;
  }

  /** How often it did before nobody has counted. */
  ranOutOfMemory(): boolean {
    return false;
  }

  async check(signal: AbortSignal): Promise<void> {
    this.#known = undefined;
    await this.ready(signal);
  }

  async close(): Promise<void> {}
}
