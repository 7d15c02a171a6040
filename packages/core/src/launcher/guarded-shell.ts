import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { quote } from '../command.ts';
import { type ByteChannel, NotStarted } from '../driver.ts';
import { ExecError } from '../errors.ts';
import { letGo } from '../shell/let-go.ts';
import { shellEnded, shellSilent } from '../shell/shell-ended.ts';
import type { GuardedChannel } from '../shell/warm-target.ts';
import { suffix } from '../supervisor/registration.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
import { FramedReadable } from './framed-readable.ts';
import { inboxCondition, parseInbox, registrationCommand } from './register-statements.ts';

/** In which a script can remove what it left half made. */
const KILL_GRACE_MS = 1_000;
/** A shell that says nothing for so long is given up, as the supervisor's is. */
const GREETING_MS = 30_000;

/**
 * A plain sh that registers with the supervisor before anything else: where this client dies, or the network breaks without a word, the sh
 * would wait for input for hours. What it is sent may be written at once. Its stdout begins behind its answer.
 *
 * @param key Of this shell alone; begins with the executor's marker.
 * @param inbox What `Supervisor.ready` resolved to. Should nobody read it any more, the next supervisor is told.
 */
export function guardedShell(channel: ByteChannel, key: string, inbox: string, supervisor: Supervisor): GuardedChannel {
  const nonce = randomBytes(16).toString('hex');
  const stdout = new FramedReadable(channel.stdout, nonce);
  channel.stdin.on('error', () => {});
  channel.stdin.write(guardSource(nonce, key, inbox));
  const parts = { stdout, channel, key, inbox, supervisor };
  void guard(parts);
  const greeted = greeting(parts);
  // Nobody may ask.
  greeted.catch(() => {});
  const released = `printf 'U %s 0\\n' ${quote(suffix(key))} >${quote(parseInbox(inbox).path)}`;
  // It may have become somebody else's file since this shell registered.
  const unguarding = `{ ${inboxCondition(inbox)} && ${released}; set --; } 2>/dev/null`;
  return { ...channel, stdout, unguarding, greeted };
}

interface GuardedParts {
  readonly stdout: FramedReadable;
  readonly channel: ByteChannel;
  readonly key: string;
  readonly inbox: string;
  readonly supervisor: Supervisor;
}

/** See `GuardedChannel.greeted`. */
async function greeting({ stdout, channel, key, inbox, supervisor }: GuardedParts): Promise<void> {
  let silent = false;
  const timer = setTimeout(() => {
    silent = true;
    channel.destroy();
  }, GREETING_MS).unref();
  const frame = await stdout.frame;
  clearTimeout(timer);
  if (frame) return;
  // It may read what it was sent yet.
  if (silent) throw shellSilent(GREETING_MS);
  letGo(channel);
  await channel.closed.catch((cause: unknown) => {
    throw new ExecError('EXEC_UNAVAILABLE', 'The connection to the target was lost before its shell answered.', { cause });
  });
  // Its answer may be what was lost. Then it registered before.
  const registered = await supervisor.abandon(key);
  if (registered || (await supervisor.ready()) !== inbox) {
    throw new ExecError('EXEC_UNAVAILABLE', 'The shell on the target ended before it answered.');
  }
  throw new NotStarted(shellEnded());
}

async function guard({ stdout, channel, key, inbox, supervisor }: GuardedParts): Promise<void> {
  const [word, pid, startTime = '0'] = (await stdout.frame) ?? [];
  const registration = { key, pid: Number(pid), startTime, killGraceMs: KILL_GRACE_MS };
  if (word === 'started') supervisor.adopt(registration, inbox);
  else if (word === 'unguarded') supervisor.register(registration);
  else return;
  await channel.closed.catch(() => end(key, supervisor));
  supervisor.release(key);
}

/** Its connection was lost, which the target need not know of. */
async function end(key: string, supervisor: Supervisor): Promise<void> {
  try {
    if (!(await supervisor.signal(key, 'SIGTERM', 'tree'))) return;
    await delay(KILL_GRACE_MS, undefined, { ref: false });
    await supervisor.signal(key, 'SIGKILL', 'tree');
  } catch {
    // Then the supervisor heard as little from here as the shell, and ends it itself.
  }
}

/** A line of sh that answers `NONCE started PID STARTTIME`, or `unguarded` in place of `started` where nobody reads the inbox. */
export function guardSource(nonce: string, key: string, inbox: string): string {
  const birth =
    'if read -r __errand_line </proc/$$/stat; then set -- ${__errand_line##*) }; shift 19; __errand_birth=$1; else __errand_birth=0; fi';
  const registered = `${inboxCondition(inbox)} && ${registrationCommand({ key, killGraceMs: KILL_GRACE_MS }, inbox)}`;
  const answer = (word: string): string => `printf '%s ${word} %s %s\\n' ${nonce} "$$" "$__errand_birth"`;
  const tidy = 'set --; unset __errand_line __errand_birth';
  return `{ { ${birth}; } 2>/dev/null; if { ${registered}; } 2>/dev/null; then ${answer('started')}; else ${answer('unguarded')}; fi; ${tidy}; }\n`;
}
