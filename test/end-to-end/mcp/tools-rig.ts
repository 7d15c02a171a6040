import { type Executor, localExecutor } from '@errand/core';
import { type ConfiguredTools, registerTools, type ToolOptions } from '@errand/mcp-adapter';
import { afterAll, beforeAll } from 'vitest';
import type { Answer, TestClient } from './clients.ts';
import type { EMBEDDINGS } from './embedded.ts';
import { temporaryDirectory } from './processes.ts';

type Embed = (typeof EMBEDDINGS)[keyof typeof EMBEDDINGS];

/** Targets `a`, `b` and `c` of one file's tests, and a directory. */
export class ToolsRig {
  readonly #embed: Embed;
  readonly #executors: readonly Executor[];
  #directory: ({ readonly path: string } & AsyncDisposable) | undefined;

  constructor(embed: Embed) {
    this.#embed = embed;
    this.#executors = ['a', 'b', 'c'].map((name) => localExecutor({ name }));
    beforeAll(async () => {
      this.#directory = await temporaryDirectory();
    });
    afterAll(async () => {
      await Promise.all(this.#executors.map((executor) => executor.close()));
      await this.#directory?.[Symbol.asyncDispose]();
    });
  }

  get path(): string {
    return this.#directory?.path ?? '';
  }

  /** Made by what is wrong alone. */
  get canary(): string {
    return `${this.path}/canary`;
  }

  get a(): Executor {
    return this.#executors[0] as Executor;
  }

  /** Does something with a client of a server that has these tools. */
  async using<T>(tools: ConfiguredTools, work: (client: TestClient) => Promise<T>, options: ToolOptions = {}): Promise<T> {
    const { server, connect } = this.#embed();
    const [a, b, c] = this.#executors as [Executor, Executor, Executor];
    const targets = [a, { executor: b, labels: { env: 'test', size: 'big' } }, { executor: c, labels: { env: 'test' } }];
    await using _tools = registerTools(server, targets, { defaultTarget: 'a', tools, ...options });
    await using client = await connect();
    return await work(client);
  }
}

export const stdoutOf = ({ structuredContent, text }: Answer): unknown => structuredContent?.['stdout'] ?? text;
