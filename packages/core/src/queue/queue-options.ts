import { checkEach, type OptionChecks } from '../checks/check-each.ts';
import { readOptions } from '../checks/read-options.ts';
import * as is from '../checks/values.ts';
import { invalidOption } from '../errors.ts';
import type { Quota } from '../quota.ts';

/** How commands wait for their turns. */
export interface QueueOptions {
  /** How many run at once: 1 … 100,000. One whose process may still be there counts; a detached one until it is let go of. */
  readonly concurrency: number;
  /** How many may wait, 0 … 10,000,000; default 10,000,000. One more is `EXEC_QUEUE_FULL`. */
  readonly maxQueued?: number;
  /** How many of one tenant may wait, 0 … 10,000,000; default `maxQueued`. */
  readonly maxQueuedPerTenant?: number;
  /** How many of one tenant run at once, 1 … 100,000; default `concurrency`. Others pass those that wait for it. */
  readonly maxRunningPerTenant?: number;
  /** How long a command waits that does not say otherwise, in milliseconds: 1 … 2,147,483,647; default: for ever. Then `EXEC_QUEUE_TIMEOUT`. */
  readonly queueTimeoutMs?: number;
  /** Shares of tenants in the time of one priority's turns, 0.001 … 1,000; 1 for those that are not named. */
  readonly weights?: Readonly<Record<string, number>>;
  /** Whether a session holds a turn only while one of its commands runs (`command`, the default), or all its life (`life`). */
  readonly sessions?: 'command' | 'life';
  /**
   * What admits each command before it waits; several queues may have one. Whom it refuses rejects at once (`EXEC_QUOTA`) and was not
   * started. Closing the queue does not close it. Default: all are admitted.
   */
  readonly quota?: Quota;
}

const MANY = 10_000_000;

const checks: OptionChecks = {
  concurrency: is.integer(1, 100_000),
  maxQueued: is.integer(0, MANY),
  maxQueuedPerTenant: is.integer(0, MANY),
  maxRunningPerTenant: is.integer(1, 100_000),
  queueTimeoutMs: is.integer(1, is.MAX_DELAY_MS, 'ms'),
  weights: (option, value) => {
    for (const [tenant, weight] of is.entries(option, value)) checkWeight(`${option}.${tenant}`, weight);
  },
  sessions: is.oneOf('command', 'life'),
  quota: is.having('admit'),
};

/** @throws ExecError `EXEC_INVALID_OPTION` */
export function checkQueueOptions(given: QueueOptions): QueueOptions {
  const options = readOptions(given);
  checkEach('', options, checks);
  if (options.concurrency === undefined) throw invalidOption('concurrency', 'is missing', 'an integer from 1 to 100,000');
  return options;
}

/** @throws ExecError `EXEC_INVALID_OPTION` */
export function checkConcurrency(value: number): void {
  is.integer(1, 100_000)('concurrency', value);
}

/** @throws ExecError `EXEC_INVALID_OPTION` */
export function checkWeight(option: string, value: unknown): void {
  if (typeof value === 'number' && value >= 0.001 && value <= 1_000) return;
  throw invalidOption(option, `${is.describe(value)} is no weight`, 'a number from 0.001 to 1,000');
}
