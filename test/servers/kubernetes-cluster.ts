import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { ClusterParts } from './kubernetes/settings.ts';
import { KubernetesApi } from './kubernetes-api.ts';

const run = promisify(execFile);
/** For a server to be there, on a machine that is busy. */
const START_TRIES = 2_400;
const TRY_MS = 100;

/** What a cluster runs, each a process that a test may end. */
export type ClusterServer = 'etcd' | 'kube-apiserver' | 'kube-controller-manager' | 'kube-scheduler' | 'containerd' | 'kubelet';

/** A cluster that runs, whoever started it. */
export class KubernetesCluster {
  readonly parts: ClusterParts;
  readonly #tell: (line: string) => Promise<void>;
  #api: KubernetesApi | undefined;

  /** @param tell Gives a line to the first process of its namespaces, and waits until that has done it. */
  constructor(parts: ClusterParts, tell: (line: string) => Promise<void>) {
    this.parts = parts;
    this.#tell = tell;
  }

  get directory(): string {
    return this.parts.directory;
  }

  get host(): string {
    return `https://${this.parts.node}`;
  }

  get nodeName(): string {
    return this.parts.name;
  }

  /** Of one who may do everything. */
  get kubeconfig(): string {
    return join(this.directory, 'admin.kubeconfig');
  }

  get api(): KubernetesApi {
    this.#api ??= new KubernetesApi(this.host, join(this.directory, 'pki'));
    return this.#api;
  }

  get ca(): Buffer {
    return readFileSync(join(this.directory, 'pki/ca.crt'));
  }

  /** What `kubectl` prints. */
  async kubectl(args: readonly string[], input = ''): Promise<string> {
    const child = run(this.parts.kube, ['kubectl', `--kubeconfig=${this.kubeconfig}`, ...args], { maxBuffer: 2 ** 26 });
    child.child.stdin?.end(input);
    return (await child).stdout;
  }

  /** The end of what each server logged. */
  logs(): string {
    const directory = join(this.directory, 'log');
    const names = existsSync(directory) ? readdirSync(directory) : [];
    return names.map((name) => `${name}: ${readFileSync(join(directory, name), 'utf8').slice(-1_000)}`).join('\n');
  }

  async signal(server: ClusterServer, signal: NodeJS.Signals): Promise<void> {
    await this.#tell(`signal ${server} ${signal.slice(3)}`);
  }

  /** Its containers, where it has any, go on. */
  async end(server: ClusterServer, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    await this.#tell(`end ${server} ${signal.slice(3)}`);
  }

  /** Again. */
  async begin(server: ClusterServer): Promise<void> {
    await this.#tell(`start ${server}`);
    if (server === 'kube-apiserver') await this.until('it answers', () => this.api.answers());
  }

  /** Its connections. */
  protected closeApi(): void {
    this.#api?.close();
  }

  protected get hasEnded(): boolean {
    return false;
  }

  protected async until(what: string, isSo: () => Promise<boolean>): Promise<void> {
    for (let tries = 0; tries < START_TRIES; tries += 1) {
      if (await isSo()) return;
      if (this.hasEnded) break;
      await delay(TRY_MS);
    }
    throw new Error(`waited in vain until ${what}`);
  }
}
