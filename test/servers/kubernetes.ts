import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { TestImage } from './docker-images.ts';
import { kubeProgram } from './kubernetes/location.mjs';
import {
  type ClusterParts,
  containerdSettings,
  kubeconfig,
  kubeletSettings,
  networkSettings,
  serverCommands,
} from './kubernetes/settings.ts';
import { KubernetesCluster } from './kubernetes-cluster.ts';
import { kubernetesImage, writeImageArchive } from './kubernetes-images.ts';
import { isSkipped, programPath } from './programs.ts';

const run = promisify(execFile);
const CGROUPS = '/sys/fs/cgroup';
const SBIN = '/usr/{sbin,local/sbin,local/go/bin}';
const CNI = '/usr/lib/cni';
/** For what a cluster is made of to be built: it takes what other tests leave of the processors. */
const BUILD_MS = 1_500_000;

/**
 * A real cluster of one node, all of whose processes, mounts and containers are in namespaces of their own: whatever ends the first process of these
 * ends all, as does the end of whoever started it. Several can stand side by side.
 */
export class KubernetesServer extends KubernetesCluster {
  readonly #images = new Set<TestImage>();
  #child: ChildProcess | undefined;
  #answers: AsyncIterator<string> | undefined;
  #pid = '';

  private constructor(directory: string) {
    super(partsOf(directory), (line) => this.tell(line));
  }

  /** Only root can run one here, and only where cgroups are of version 1: of a machine with version 2 alone nothing is known. */
  static get isSkipped(): boolean {
    const what = 'pods of Kubernetes';
    if (process.getuid?.() !== 0) return skipped(`${what} (they need root)`);
    if (!existsSync(join(CGROUPS, 'memory')) && !process.env['CI']) return skipped(`${what} (they need cgroups of version 1)`);
    if (kubeProgram() === undefined && isSkipped(programPath('go', SBIN), what, 'golang')) return true;
    return (
      isSkipped(programPath('containerd', SBIN), what, 'containerd') ||
      isSkipped(programPath('runc', SBIN), what, 'runc') ||
      isSkipped(programPath('host-local', CNI), what, 'containernetworking-plugins') ||
      isSkipped(programPath('ip', SBIN), what, 'iproute2')
    );
  }

  /** With these images on its node. Where the program is not built yet, that is waited for. */
  static async start(images: readonly TestImage[] = []): Promise<KubernetesServer> {
    await built();
    await removeOld();
    const server = new KubernetesServer(await mkdtemp(join(tmpdir(), 'errand-kubernetes-')));
    try {
      await server.#start(images);
      return server;
    } catch (fault) {
      const said = server.logs();
      await server.stop();
      throw new Error(`The cluster did not start: ${String(fault)}\n${said}`, { cause: fault });
    }
  }

  /** Nothing is left of it. */
  async stop(): Promise<void> {
    this.closeApi();
    const child = this.#child;
    if (child && child.exitCode === null && child.signalCode === null) {
      const exit = once(child, 'exit');
      const [namespaces] = childrenOf(child.pid ?? 0);
      if (namespaces) process.kill(Number(namespaces), 'SIGKILL');
      else child.stdin?.end();
      await exit;
    }
    await removeCgroups(this.parts.name);
    await rm(this.directory, { recursive: true, force: true, maxRetries: 5 });
  }

  /** Those that its node has not yet are given to it. */
  async addImages(images: readonly TestImage[]): Promise<void> {
    for (const image of images) {
      if (this.#images.has(image)) continue;
      this.#images.add(image);
      await this.#writeImage(image);
      await this.#importImage(`${image}.tar`);
    }
  }

  async #start(images: readonly TestImage[]): Promise<void> {
    const { directory, name } = this.parts;
    for (const each of ['pki', 'etcd', 'containerd', 'kubelet', 'cni', 'log', 'servers', 'images']) mkdirSync(join(directory, each));
    // First, since it removes all of this where this process ends.
    this.#pid = await this.#enter();
    for (const image of ['busybox', ...images] as const) this.#images.add(image);
    const archives = Promise.all([...this.#images].map((image) => this.#writeImage(image)));
    archives.catch(() => {});
    await run('sh', [resolve('test/servers/kubernetes/certificates.sh'), this.parts.node, name], { cwd: join(directory, 'pki') });
    this.#configure();
    makeCgroups(name);
    await this.#connect(this.#pid);
    await this.tell('start containerd');
    await this.tell('start etcd');
    await this.tell('start kube-apiserver');
    await archives;
    await this.#importImages();
    // The controllers and the scheduler end, or sulk, when they find no roles yet: the apiserver makes them before it is ready.
    await this.until('it is ready', () => this.api.answers());
    for (const server of ['kube-controller-manager', 'kube-scheduler', 'kubelet']) await this.tell(`start ${server}`);
    await this.until('its node is ready', () => this.#isNodeReady());
    await this.until('its controllers work', () => this.api.answers('/api/v1/namespaces/default/serviceaccounts/default'));
  }

  async #writeImage(image: TestImage): Promise<void> {
    await writeImageArchive(image, join(this.directory, 'images', `${image}.tar`));
  }

  #configure(): void {
    const { parts } = this;
    const inside = (file: string): string => join(this.directory, file);
    const pki = (file: string): Buffer => readFileSync(inside(`pki/${file}`));
    for (const who of ['admin', 'controller-manager', 'scheduler', 'node'])
      writeFileSync(
        inside(`${who}.kubeconfig`),
        kubeconfig(this.host, { ca: pki('ca.crt'), cert: pki(`${who}.crt`), key: pki(`${who}.key`) }),
      );
    writeFileSync(inside('containerd.toml'), containerdSettings(parts));
    writeFileSync(inside('cni/10-pods.conflist'), JSON.stringify(networkSettings()));
    writeFileSync(inside('kubelet.json'), JSON.stringify(kubeletSettings(parts)));
    for (const [name, words] of Object.entries(serverCommands(parts)))
      writeFileSync(inside(`servers/${name}`), `exec ${words.map((word) => `'${word}'`).join(' ')}\n`);
  }

  /** The pid of the first process of the namespaces. */
  async #enter(): Promise<string> {
    const { host, name } = this.parts;
    const inside = resolve('test/servers/kubernetes/inside.sh');
    const child = spawn('sh', [resolve('test/servers/kubernetes/around.sh')], {
      env: { PATH: process.env['PATH'], DIR: this.directory, HOST: host, NAME: name, INSIDE: inside },
      // Its stdin ends with this process, however that ends.
      stdio: ['pipe', 'pipe', 'inherit'],
      detached: true,
    });
    this.#child = child;
    child.stdin.on('error', () => {});
    this.#answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    let pid = '';
    await this.until('it has a process', async () => {
      pid = childrenOf(Number(childrenOf(child.pid ?? 0)[0] ?? 0))[0] ?? '';
      return pid !== '' && readlinkSync(`/proc/${pid}/ns/net`) !== readlinkSync('/proc/self/ns/net');
    });
    return pid;
  }

  /** A pair of interfaces leads from here to the node; it goes with the namespace. */
  async #connect(pid: string): Promise<void> {
    const { name, host, node } = this.parts;
    await run('ip', ['link', 'add', `${name}h`, 'type', 'veth', 'peer', 'name', name, 'netns', pid]);
    await run('ip', ['addr', 'add', `${host}/30`, 'dev', `${name}h`]);
    await run('ip', ['link', 'set', `${name}h`, 'up']);
    await this.tell(`network ${name} ${node}/30`);
  }

  async #importImages(): Promise<void> {
    await this.until('containerd answers', () =>
      this.#ctr('version').then(
        () => true,
        () => false,
      ),
    );
    for (const file of readdirSync(join(this.directory, 'images'))) await this.#importImage(file);
  }

  async #importImage(file: string): Promise<void> {
    await this.#ctr('-n', 'k8s.io', 'images', 'import', join(this.directory, 'images', file));
  }

  async #ctr(...args: readonly string[]): Promise<void> {
    await run(programPath('ctr', SBIN) ?? 'ctr', ['-a', `/proc/${this.#pid}/root/run/containerd/containerd.sock`, ...args]);
  }

  async #isNodeReady(): Promise<boolean> {
    type Node = { readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] } };
    const node = await this.api.get<Node>(`/api/v1/nodes/${this.parts.name}`).catch(() => undefined);
    return node?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
  }

  /** Gives a line to the first process of its namespaces, and waits until that has done it. One at a time. */
  async tell(line: string): Promise<void> {
    this.#child?.stdin?.write(`${line}\n`);
    const { value, done } = (await this.#answers?.next()) ?? { done: true };
    if (done) throw new Error(`It ended at: ${line}`);
    if (!line.startsWith(value)) throw new Error(`It was told '${line}' and did '${value}'`);
  }

  protected override get hasEnded(): boolean {
    return this.#child !== undefined && this.#child.exitCode !== null;
  }
}

/** By this process, or another one that builds it already. */
async function built(): Promise<void> {
  if (kubeProgram() !== undefined) return;
  await run(process.execPath, [resolve('test/servers/kubernetes/build.mjs')], { maxBuffer: 2 ** 26, timeout: BUILD_MS }).catch(
    (fault: unknown) => {
      const killed = Reflect.get(Object(fault), 'killed') === true;
      const why = killed ? `it takes more than ${BUILD_MS / 60_000} minutes` : String(fault);
      throw new Error(`What a cluster is made of was not built: ${why} (to see more: node test/servers/kubernetes/build.mjs)`);
    },
  );
}

function partsOf(directory: string): ClusterParts {
  // The fourth of a few million networks that nobody else has.
  const network = randomInt(64 * 256 * 64);
  const address = (last: number): string => `100.${64 + (network >> 14)}.${(network >> 6) & 255}.${((network & 63) << 2) + last}`;
  return {
    directory,
    name: nameOf(directory),
    host: address(1),
    node: address(2),
    kube: kubeProgram() ?? 'kube',
    containerd: programPath('containerd', SBIN) ?? 'containerd',
    runc: programPath('runc', SBIN) ?? 'runc',
    pause: kubernetesImage('busybox'),
  };
}

function nameOf(directory: string): string {
  return basename(directory)
    .toLowerCase()
    .replace('errand-kubernetes-', 'ek-')
    .replace(/[^a-z0-9-]/g, '0');
}

function skipped(what: string): boolean {
  console.log(`Skipping ${what}`);
  return true;
}

function childrenOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim().split(' ').filter(Boolean);
  } catch {
    return [];
  }
}

/** The kubelet makes those of pods below, which must be there already. */
function makeCgroups(name: string): void {
  for (const controller of readdirSync(CGROUPS)) {
    const parent = join(CGROUPS, controller);
    if (!existsSync(join(parent, 'cgroup.procs'))) continue;
    const own = join(parent, name);
    mkdirSync(own, { recursive: true });
    for (const file of ['cpuset.cpus', 'cpuset.mems'])
      if (existsSync(join(parent, file))) writeFileSync(join(own, file), readFileSync(join(parent, file)));
  }
}

/** What was killed is gone a moment later. */
async function removeCgroups(name: string): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    const left = readdirSync(CGROUPS).filter((controller) => !removeTree(join(CGROUPS, controller, name)));
    if (left.length === 0) return;
    await delay(50);
  }
}

/** Whether it is gone. The files of a cgroup cannot be removed, and go with it. */
function removeTree(directory: string): boolean {
  if (!existsSync(directory)) return true;
  try {
    for (const entry of readdirSync(directory, { withFileTypes: true })) if (entry.isDirectory()) removeTree(join(directory, entry.name));
    rmdirSync(directory);
    return true;
  } catch {
    return false;
  }
}

/** Files of clusters that went with a test that was killed. */
async function removeOld(): Promise<void> {
  for (const entry of readdirSync(tmpdir())) {
    if (!entry.startsWith('errand-kubernetes-')) continue;
    const directory = join(tmpdir(), entry);
    const pid = existsSync(join(directory, 'pid')) ? readFileSync(join(directory, 'pid'), 'latin1').trim() : '';
    // One that has just begun has none yet.
    if (pid === '' || existsSync(`/proc/${pid}`)) continue;
    await removeCgroups(nameOf(directory));
    await rm(directory, { recursive: true, force: true });
  }
}
