import { setTimeout as delay } from 'node:timers/promises';
import type { DriverProcess, KillScope } from '../driver.ts';
import type { Signal } from '../result.ts';

/** After SIGKILL a process is gone in milliseconds, unless it hangs in the kernel; then waiting longer is no help. */
const KILL_SETTLES_MS = 5_000;
/** A target that is frozen, or behind a network that broke, answers much later or never. */
const UNANSWERED_MS = 5_000;
const FIRST_LOOK_MS = 5;
const LONGEST_LOOK_MS = 100;
/**
 * One look at all processes may miss one that forks or execs at that moment, such as a daemon on its way into the background. So a tree
 * that looks empty is looked at again after each of these.
 */
const CONFIRM_MS = [5, 10, 20];

/** How a tree is ended. */
export interface TreeEnd {
  readonly signal: Signal;
  readonly graceMs: number;
  readonly scope: KillScope;
}

/** An ending under way. Neither promise rejects. */
export interface TreeEnding {
  /** The first signal was sent; whether anything was there to get it. */
  readonly delivered: Promise<boolean>;
  /** Whether all is gone; false when that could not be seen to. */
  readonly gone: Promise<boolean>;
}

/**
 * Sends `signal` once, and SIGKILL after the grace until nothing is left. The first signal is sent only once, so that
 * what a handler starts to clean up can do its work.
 */
export function endTree(process: Pick<DriverProcess, 'kill'>, end: TreeEnd): TreeEnding {
  const kill = process.kill?.bind(process);
  if (!kill) return { delivered: Promise.resolve(false), gone: Promise.resolve(false) };
  const sent = kill(end.signal, end.scope);
  return {
    delivered: sent.catch(() => false),
    // A target that cannot be reached rejects; its own supervisor ends the command within the lifeline.
    gone: within(
      end.graceMs + KILL_SETTLES_MS + UNANSWERED_MS,
      finish(sent, kill, end).catch(() => false),
    ),
  };
}

/** Ending goes on after that; but who waits for it is told in time. */
function within(ms: number, gone: Promise<boolean>): Promise<boolean> {
  return new Promise((resolve) => {
    const late = setTimeout(resolve, ms, false).unref();
    gone.then((isGone) => {
      clearTimeout(late);
      resolve(isGone);
    });
  });
}

async function finish(
  sent: Promise<boolean>,
  kill: NonNullable<DriverProcess['kill']>,
  { signal, graceMs, scope }: TreeEnd,
): Promise<boolean> {
  const looks = scope === 'tree' ? CONFIRM_MS : [];
  if (!(await sent) && !(await turnsUp(looks, () => kill(signal, scope)))) return true;
  if (signal !== 'SIGKILL' && (await goneWithin(graceMs, looks, () => kill('SIG0', scope)))) return true;
  return goneWithin(KILL_SETTLES_MS, looks, () => kill('SIGKILL', scope));
}

/** Whether something is found after all. */
async function turnsUp(looks: readonly number[], find: () => Promise<boolean>): Promise<boolean> {
  for (const pause of looks) {
    await delay(pause);
    if (await find()) return true;
  }
  return false;
}

async function goneWithin(ms: number, looks: readonly number[], find: () => Promise<boolean>): Promise<boolean> {
  const end = performance.now() + ms;
  for (let pause = FIRST_LOOK_MS; (await find()) || (await turnsUp(looks, find)); pause = Math.min(pause * 2, LONGEST_LOOK_MS)) {
    const left = end - performance.now();
    if (left <= 0) return false;
    await delay(Math.min(pause, left));
  }
  return true;
}
