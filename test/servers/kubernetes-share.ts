import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestImage } from './docker-images.ts';
import type { ClusterParts } from './kubernetes/settings.ts';
import { KubernetesServer } from './kubernetes.ts';
import { KubernetesCluster } from './kubernetes-cluster.ts';
import { TurnsOfAll } from './turns-of-all.ts';

/** Says where the cluster is had that all files of a test run share. */
const VARIABLE = 'ERRAND_TEST_KUBERNETES';

/** What is asked for over a connection, which lasts for as long as the cluster is used. */
interface Asked {
  readonly images: readonly TestImage[];
  /** Nobody else uses it meanwhile: its servers may be ended. */
  readonly isAlone: boolean;
}

type Answer = { readonly parts?: ClusterParts; readonly fault?: string };

/**
 * One cluster for all test files of a run, which several processes use at once: started when the first of them asks for it, and with whoever made this. One
 * that is to be alone with it waits until no other uses it, and they wait for that one.
 */
export class KubernetesShare {
  readonly #directory = mkdtempSync(join(tmpdir(), 'errand-share-'));
  readonly #turns = new TurnsOfAll();
  readonly #listener: Server;
  #server: Promise<KubernetesServer> | undefined;

  private constructor() {
    this.#listener = createServer((socket) => void this.#serve(socket.on('error', () => {}))).unref();
  }

  /** Undefined where one is there already, as of who runs some tests again and again. */
  static async open(): Promise<KubernetesShare | undefined> {
    if (process.env[VARIABLE] !== undefined) return undefined;
    const share = new KubernetesShare();
    const path = join(share.#directory, 'socket');
    await new Promise<void>((resolve) => share.#listener.listen(path, resolve));
    process.env[VARIABLE] = path;
    return share;
  }

  async close(): Promise<void> {
    delete process.env[VARIABLE];
    this.#listener.close();
    rmSync(this.#directory, { recursive: true, force: true });
    await (await this.#server?.catch(() => undefined))?.stop();
  }

  /** The first line asks for the cluster; each one after it is for the first process of its namespaces. */
  async #serve(socket: Socket): Promise<void> {
    const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
    const { value } = await lines.next();
    if (value === undefined) return;
    const { images, isAlone } = JSON.parse(value) as Asked;
    const gone = new AbortController();
    socket.once('close', () => gone.abort());
    await this.#turns.run(isAlone, async () => {
      if (gone.signal.aborted) return;
      await answer(socket, async () => {
        this.#server ??= KubernetesServer.start(images);
        await (await this.#server).addImages(images);
        return { parts: (await this.#server).parts };
      });
      const server = await this.#server?.catch(() => undefined);
      for (let line = await lines.next(); !line.done; line = await lines.next()) {
        const said: string = line.value;
        await answer(socket, async () => {
          await server?.tell(said);
          return {};
        });
      }
    });
  }
}

async function answer(socket: Socket, act: () => Promise<Answer>): Promise<void> {
  const said = await act().catch((fault: unknown) => ({ fault: String(fault) }));
  if (socket.writable) socket.write(`${JSON.stringify(said)}\n`);
}

/** A share of the cluster of this test run. */
export class SharedKubernetes extends KubernetesCluster {
  readonly #socket: Socket;

  private constructor(parts: ClusterParts, socket: Socket, tell: (line: string) => Promise<void>) {
    super(parts, tell);
    this.#socket = socket;
  }

  /** With these images on its node; resolves when it is one's turn. Who is not alone with it leaves its servers as they are. */
  static async use(images: readonly TestImage[], { isAlone = false }: { readonly isAlone?: boolean } = {}): Promise<SharedKubernetes> {
    const path = process.env[VARIABLE];
    if (path === undefined) throw new Error(`${VARIABLE} does not say where the cluster is had`);
    const socket = connect(path).on('error', () => {});
    const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
    const ask = async (line: string): Promise<Answer> => {
      socket.write(`${line}\n`);
      const { value } = await lines.next();
      const { fault, ...said } = JSON.parse(value ?? '{"fault":"whoever has the cluster is gone"}') as Answer;
      if (fault !== undefined) throw new Error(fault);
      return said;
    };
    try {
      const { parts } = await ask(JSON.stringify({ images, isAlone } satisfies Asked));
      if (!parts) throw new Error('It was not said where the cluster is.');
      return new SharedKubernetes(parts, socket, async (line) => void (await ask(line)));
    } catch (fault) {
      socket.destroy();
      throw fault;
    }
  }

  /** The cluster goes on. */
  async stop(): Promise<void> {
    this.closeApi();
    this.#socket.destroy();
  }
}
