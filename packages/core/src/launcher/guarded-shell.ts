import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { quote } from '../command.ts';
import type { ByteChannel } from '../driver.ts';
import type { GuardedChannel } from '../shell/warm-target.ts';
import { suffix } from '../supervisor/registration.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
import { FramedReadable } from './framed-readable.ts';
import { inboxCondition, parseInbox, registrationCommand } from './register-statements.ts';

/** In which a script can remove what it left half made. */
const KILL_GRACE_MS = 1_000;

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
  void guard(stdout, channel, key, supervisor);
  const released = `printf 'U %s 0\\n' ${quote(suffix(key))} >${quote(parseInbox(inbox).path)}`;
  // It may have become somebody else's file since this shell registered.
  const unguarding = `{ ${inboxCondition(inbox)} && ${released}; set --; } 2>/dev/null`;
  return { ...channel, stdout, unguarding };
}

async function guard({ frame }: FramedReadable, { closed }: ByteChannel, key: string, supervisor: Supervisor): Promise<void> {
  const [word, pid, startTime = '0'] = (await frame) ?? [];
  const registration = { key, pid: Number(pid), startTime, killGraceMs: KILL_GRACE_MS };
  if (word === 'started') supervisor.adopt(registration);
  else if (word === 'unguarded') supervisor.register(registration);
  else return;
  await closed.catch(() => end(key, supervisor));
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
