import type { Socket } from 'node:net';

/** How much of a chunk goes on, and the fault that comes after it. */
export interface Passing<Fault> {
  readonly bytes: number;
  readonly fault?: Fault;
}

/** What a line asks its connection, and tells it. */
export interface DelayLineOptions<Fault> {
  /** How long what arrives now is on its way, in milliseconds. */
  readonly latencyMs: () => number;
  /** How many of so many bytes go on now. */
  readonly pass: (bytes: number) => Passing<Fault>;
  /** They have left; what follows is held. */
  readonly onFault: (fault: Fault) => void;
}

interface Item {
  readonly due: number;
  readonly what: Buffer | 'end' | 'reset';
}

/** So many bytes may be on their way: 640 MiB/s at 50 ms. */
const MAX_BYTES = 32 * 1024 * 1024;
/** Timers have whole milliseconds. */
const EARLY_MS = 0.5;

/**
 * One direction of a connection: what one socket brings goes to the other, in order, each chunk after the same time. No chunk waits
 * for the one before it, so latency costs no throughput. While the receiver takes nothing, nothing is read.
 */
export class DelayLine<Fault> {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #options: DelayLineOptions<Fault>;
  readonly #items: Item[] = [];
  #bytes = 0;
  #isHeld = false;
  #isBlocked = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(from: Socket, to: Socket, options: DelayLineOptions<Fault>) {
    this.#from = from;
    this.#to = to;
    this.#options = options;
    from.on('data', (chunk: Buffer) => this.#add(chunk));
    from.on('end', () => this.#add('end'));
    // Its peer reset it or is gone, which the other side is to hear after what came before.
    from.on('error', () => this.#add('reset'));
    to.on('drain', () => {
      this.#isBlocked = false;
      this.#move();
    });
  }

  /** Reads and writes nothing any more, not even an end. */
  hold(): void {
    this.#isHeld = true;
    this.#move();
  }

  /** Goes on where it was held: nothing is lost. */
  release(): void {
    this.#isHeld = false;
    this.#move();
  }

  #add(what: Item['what']): void {
    this.#items.push({ due: performance.now() + this.#options.latencyMs(), what });
    this.#bytes += lengthOf(what);
    this.#move();
  }

  #move(): void {
    clearTimeout(this.#timer);
    for (let item = this.#takeDue(); item; item = this.#takeDue()) this.#deliver(item);
    if (this.#isHeld || this.#isBlocked || this.#bytes > MAX_BYTES) this.#from.pause();
    else this.#from.resume();
    const next = this.#next();
    if (next) this.#timer = setTimeout(() => this.#move(), next.due - performance.now());
  }

  /** A reset does not wait for a receiver that takes nothing. */
  #next(): Item | undefined {
    if (this.#isHeld) return undefined;
    return this.#isBlocked ? this.#items.find(({ what }) => what === 'reset') : this.#items[0];
  }

  #takeDue(): Item | undefined {
    const next = this.#next();
    if (!next || next.due > performance.now() + EARLY_MS) return undefined;
    this.#items.splice(this.#items.indexOf(next), 1);
    this.#bytes -= lengthOf(next.what);
    return next;
  }

  #deliver({ due, what }: Item): void {
    if (what === 'end') this.#to.end();
    else if (what === 'reset') this.#to.resetAndDestroy();
    else this.#write(due, what);
  }

  #write(due: number, chunk: Buffer): void {
    const { bytes, fault } = this.#options.pass(chunk.length);
    if (fault === undefined) {
      this.#isBlocked = !this.#to.write(chunk);
      return;
    }
    this.#isHeld = true;
    const rest = chunk.subarray(bytes);
    if (rest.length > 0) this.#items.unshift({ due, what: rest });
    this.#bytes += rest.length;
    // Not before they are with the kernel: a socket that is destroyed forgets what it was given.
    this.#to.write(chunk.subarray(0, bytes), () => this.#options.onFault(fault));
  }
}

function lengthOf(what: Item['what']): number {
  return typeof what === 'string' ? 0 : what.length;
}
