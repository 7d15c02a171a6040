import { keepingNodeAlive } from '../supervisor/keeping-node-alive.ts';
import type { TurnRequest } from '../turn.ts';
import { shutGate } from './aside.ts';
import { Expiries } from './expiries.ts';
import type { FairClass, Turned } from './fair-class.ts';
import { FairQueue } from './fair-queue.ts';
import { GateWatch } from './gate-watch.ts';
import type { Granted } from './granted.ts';
import { priorityName, priorityOf } from './priority.ts';
import type { QueueHealth } from './queue-health.ts';
import type { QueueOptions } from './queue-options.ts';
import { TenantCounts } from './tenant-counts.ts';
import { closed, full, timedOut } from './turn-faults.ts';
import { type Asked, Waiting } from './waiting.ts';

/** Who asks. */
interface AskOptions {
  /** What a quota granted. */
  readonly lease?: Granted;
  /** When it began to wait, of `performance.now()`; default: now. */
  readonly since?: number;
  /** See `expect`. */
  readonly isExpected?: boolean;
}

/** Those that say nothing of a tenant have one in common. */
const NO_TENANT = '';

/** Gives out turns: as many at once as `concurrency` says, in the order of a `FairQueue`. A turn is over when its command is released. */
export class Turns {
  readonly #options: QueueOptions;
  readonly #queue = new FairQueue<Waiting>();
  readonly #waiting = new Map<string, Waiting>();
  readonly #counts = new TenantCounts();
  readonly #gates = new GateWatch((gate) => {
    this.#queue.opened(gate, performance.now());
    this.#next();
  });
  readonly #expiries = new Expiries<Waiting>((waiting) => this.giveUp(waiting, timedOut(Math.round(waiting.deadline - waiting.since))));
  #concurrency: number;
  #running = 0;
  /** Those that a quota has not admitted yet, and that come after others in a session. */
  #expected = 0;
  #isPaused = false;
  readonly #whenIdle: (() => void)[] = [];
  /** Why nothing new is taken. */
  #isClosed: 'draining' | 'closed' | undefined;

  constructor(options: QueueOptions) {
    this.#options = options;
    this.#concurrency = options.concurrency;
    for (const [tenant, weight] of Object.entries(options.weights ?? {})) this.#queue.setWeight(tenant, weight, performance.now());
  }

  /** Resolves when it is this one's turn; rejects, at once where it may not wait, or when it gives up. */
  ask(request: TurnRequest, { lease, since, isExpected = false }: AskOptions = {}): Promise<void> {
    if (this.#isClosed === 'closed' || (this.#isClosed && !isExpected)) return Promise.reject(closed(this.#isClosed));
    try {
      const free = this.#isFree(request.tenant ?? NO_TENANT) && !shutGate(lease?.gates);
      return free ? Promise.resolve(this.#startAtOnce(request, lease)) : this.#wait({ request, lease, since });
    } catch (fault) {
      return Promise.reject(fault);
    }
  }

  /** How long a command waits that does not say otherwise. */
  get queueTimeoutMs(): number {
    return this.#options.queueTimeoutMs ?? Number.POSITIVE_INFINITY;
  }

  /**
   * Somebody will ask who cannot yet, unless what is returned is called: `drain()` waits for it.
   *
   * @throws ExecError `EXEC_CLOSED`
   */
  expect(): () => void {
    if (this.#isClosed) throw closed(this.#isClosed);
    this.#expected += 1;
    return () => {
      this.#expected -= 1;
      this.#tellIdle();
    };
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#next();
  }

  drain(): Promise<void> {
    this.#isClosed ??= 'draining';
    const idle = new Promise<void>((resolve) => {
      this.#whenIdle.push(resolve);
      this.#tellIdle();
    });
    return keepingNodeAlive(idle);
  }

  /** Refuses those that wait, and all that come. */
  close(): void {
    this.#isClosed = 'closed';
    for (const waiting of [...this.#waiting.values()]) this.giveUp(waiting, closed(this.#isClosed));
  }

  setConcurrency(concurrency: number): void {
    this.#concurrency = concurrency;
    this.#next();
  }

  setWeight(tenant: string, weight: number): void {
    this.#queue.setWeight(tenant, weight, performance.now());
  }

  /** Whether it waited. */
  setPriority(executionId: string, priority: number): boolean {
    const waiting = this.#waiting.get(executionId);
    if (!waiting?.in) return false;
    waiting.in = this.#queue.move(waiting.in, priority, performance.now());
    return true;
  }

  position(executionId: string): number | undefined {
    const place = this.#waiting.get(executionId)?.in;
    return place && this.#queue.ahead(place);
  }

  get health(): QueueHealth {
    const now = performance.now();
    const oldest = this.#oldest();
    const classes = this.#queue.classes.map((of) => {
      return { priority: priorityName(of.priority), queued: of.size, oldestWaitMs: now - (oldest.get(of) ?? now) };
    });
    return {
      queued: this.#queue.size,
      running: this.#running,
      concurrency: this.#concurrency,
      paused: this.#isPaused,
      oldestWaitMs: classes.reduce((most, { oldestWaitMs }) => Math.max(most, oldestWaitMs), 0),
      classes,
      tenants: this.#counts.all,
    };
  }

  /** Since when the one waits that has waited for the longest time, by class. Their order is that of arrival. */
  #oldest(): Map<FairClass<Waiting>, number> {
    const oldest = new Map<FairClass<Waiting>, number>();
    const many = this.#queue.classes.length;
    for (const { in: place, since } of this.#waiting.values()) {
      if (place && !oldest.has(place.of)) oldest.set(place.of, since);
      if (oldest.size === many) break;
    }
    return oldest;
  }

  #isFree(tenant: string): boolean {
    // Who comes now is not before those that wait, but for those that wait for their tenant's own.
    return !this.#isPaused && this.#running < this.#concurrency && !this.#isAtItsMost(tenant);
  }

  #isAtItsMost(tenant: string): boolean {
    const { maxRunningPerTenant } = this.#options;
    return maxRunningPerTenant !== undefined && this.#counts.look(tenant).running >= maxRunningPerTenant;
  }

  #checkRoom({ tenant = NO_TENANT }: TurnRequest): void {
    const { maxQueued = Number.POSITIVE_INFINITY, maxQueuedPerTenant = Number.POSITIVE_INFINITY } = this.#options;
    if (this.#queue.size >= maxQueued) throw full(`${maxQueued} commands wait (maxQueued)`);
    if (this.#counts.look(tenant).queued >= maxQueuedPerTenant)
      throw full(`${maxQueuedPerTenant} commands of ${tenant ? `the tenant '${tenant}'` : 'no tenant'} wait (maxQueuedPerTenant)`);
  }

  /** @throws ExecError where it may not wait */
  #wait(asked: Asked): Promise<void> {
    const { request, lease } = asked;
    const { tenant = NO_TENANT, executionId, queueTimeoutMs = this.queueTimeoutMs } = request;
    this.#checkRoom(request);
    if (lease) {
      lease.wait();
      this.#gates.add(lease.gates);
    }
    return new Promise((resolve, reject) => {
      const waiting = new Waiting(this, asked, queueTimeoutMs, resolve, reject);
      waiting.in = this.#queue.add(waiting, tenant, priorityOf(request.priority), performance.now(), lease?.gates);
      this.#waiting.set(executionId, waiting);
      this.#counts.of(tenant).queued += 1;
      this.#expiries.add(waiting);
      waiting.listen();
      // A lease may have let others go on, or this one.
      if (lease) this.#next();
    });
  }

  giveUp(waiting: Waiting, reason: unknown): void {
    if (!waiting.in) return;
    this.#queue.remove(waiting.in, performance.now());
    this.#left(waiting);
    waiting.reject(reason);
    this.#tellIdle();
  }

  #left(waiting: Waiting): void {
    const { tenant = NO_TENANT, executionId } = waiting.request;
    waiting.in = undefined;
    if (waiting.lease) this.#gates.remove(waiting.lease.gates);
    this.#expiries.remove(waiting);
    this.#waiting.delete(executionId);
    const count = this.#counts.of(tenant);
    count.queued -= 1;
    this.#counts.forget(tenant, count);
  }

  #startAtOnce(request: TurnRequest, lease: Granted | undefined): void {
    const { tenant = NO_TENANT, priority } = request;
    this.#start(request, lease, this.#queue.begin(tenant, priorityOf(priority), performance.now()));
  }

  /** @throws ExecError where its lease does not let it run */
  #start({ tenant = NO_TENANT, released }: TurnRequest, lease: Granted | undefined, turned: Turned<Waiting>): void {
    const count = this.#counts.of(tenant);
    this.#running += 1;
    count.running += 1;
    if (this.#isAtItsMost(tenant)) this.#queue.block(tenant, performance.now());
    const over = (): void => {
      this.#queue.end(turned, performance.now());
      this.#running -= 1;
      count.running -= 1;
      if (!this.#isAtItsMost(tenant)) this.#queue.unblock(tenant, performance.now());
      this.#counts.forget(tenant, count);
    };
    try {
      lease?.run();
    } catch (fault) {
      over();
      throw fault;
    }
    released.then(() => {
      over();
      this.#next();
    });
  }

  #next(): void {
    while (!this.#isPaused && this.#running < this.#concurrency) {
      const place = this.#queue.take(performance.now());
      if (!place) break;
      const waiting = place.item;
      // It waits no more, whatever its lease does now.
      waiting.in = undefined;
      let fault: unknown;
      try {
        this.#start(waiting.request, waiting.lease, place);
      } catch (error) {
        fault = error;
      }
      this.#left(waiting);
      if (fault) waiting.reject(fault);
      else waiting.resolve();
    }
    this.#tellIdle();
  }

  #tellIdle(): void {
    if (this.#running + this.#queue.size + this.#expected > 0) return;
    for (const tell of this.#whenIdle.splice(0)) tell();
  }
}
