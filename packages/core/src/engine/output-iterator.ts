import type { OutputChunk } from '../output.ts';
import type { Cursor, OutputLog } from './output-log.ts';

type StreamName = OutputChunk['stream'];

interface Source {
  readonly stream: StreamName;
  readonly log: OutputLog;
  readonly cursor: Cursor;
}

/** Both logs in the order in which their pieces arrived; a gap shows in `offset`. */
export class OutputIterator implements AsyncIterableIterator<OutputChunk, undefined> {
  readonly #sources: readonly Source[];
  /** Calls of `next` that wait for output, in their order. */
  readonly #waiting: (() => void)[] = [];
  #done = false;

  constructor(logs: Readonly<Record<StreamName, OutputLog>>) {
    const wake = (): void => this.#wake();
    this.#sources = (['stdout', 'stderr'] as const).map((stream) => ({ stream, log: logs[stream], cursor: { offset: 0, wake } }));
    for (const { log, cursor } of this.#sources) log.attach(cursor);
  }

  async next(): Promise<IteratorResult<OutputChunk, undefined>> {
    for (;;) {
      if (this.#done) return { done: true, value: undefined };
      const chunk = this.#take();
      if (chunk) return { done: false, value: chunk };
      if (this.#sources.every(({ log }) => log.ended)) return this.return();
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
  }

  async return(): Promise<IteratorResult<OutputChunk, undefined>> {
    this.#done = true;
    for (const { log, cursor } of this.#sources) log.release(cursor);
    this.#wake();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #take(): OutputChunk | undefined {
    let next: { source: Source; order: number } | undefined;
    for (const source of this.#sources) {
      const order = source.log.peek(source.cursor)?.order;
      if (order !== undefined && (!next || order < next.order)) next = { source, order };
    }
    const block = next?.source.log.next(next.source.cursor);
    return next && block && { stream: next.source.stream, data: block.data, offset: next.source.log.base + block.offset };
  }
}
