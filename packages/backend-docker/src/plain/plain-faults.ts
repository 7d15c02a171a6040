import { type ExecError, NotStarted, type ProcessRequest, refusal } from '@errand/core';
import { invalidOption, notSupported } from '@errand/core/checks';
import { DaemonRefusal } from '../daemon-refusal.ts';
import { daemonFault, noAccount, unknownAccount } from '../docker-errors.ts';

/** The runtime's words, of which a daemon makes one of its own errors. */
const WORDS: readonly (readonly [RegExp, string])[] = [
  [/chdir to cwd .*(permission denied|operation not permitted)/i, 'cwd-denied'],
  [/chdir to cwd|cannot mkdir: .* not a directory|mkdir .*: not a directory/i, 'cwd'],
  [/exec: ".*(permission denied|is a directory)/is, 'program-denied'],
  [/exec: ".*(executable file not found|no such file or directory)/is, 'program'],
];

/** What a start that a daemon refused rejects with: the command certainly did not run. */
export function startFault(fault: unknown, request: ProcessRequest, user: string): NotStarted {
  return fault instanceof NotStarted ? fault : new NotStarted(toError(fault, request, user));
}

export function refused(word: 'cwd' | 'program' | 'program-denied', request: ProcessRequest): NotStarted {
  return new NotStarted(refusal(word, request));
}

function toError(fault: unknown, request: ProcessRequest, user: string): ExecError {
  if (!(fault instanceof DaemonRefusal)) return daemonFault(fault);
  const { message } = fault;
  if (unknownAccount(message)) return noAccount(user, message, fault);
  if (/argument list too long/i.test(message))
    return invalidOption('command', 'together with env it is longer than the kernel takes', 'about 2 MiB; send more through stdin');
  const word = WORDS.find(([pattern]) => pattern.test(message))?.[1];
  return word === undefined ? daemonFault(fault) : refusal(word, request);
}

/** What no process has whom no launcher starts. */
export function refuseRequest({ env, user, limits }: ProcessRequest, owner: { readonly user: string; readonly allowsEnv: boolean }): void {
  const names = Object.keys(env).length;
  if (names > 0 && !owner.allowsEnv)
    throw new NotStarted(
      notSupported(
        'env',
        "without a shell it stands in the container's configuration, where whoever may ask the daemon can read it (docker inspect); " +
          'allowInspectableEnv: true allows that',
      ),
    );
  if ('HOME' in env && env['HOME'] === undefined)
    throw new NotStarted(notSupported('env', 'without a shell HOME cannot be taken away, since the container runtime sets it'));
  if (limits.processes !== undefined && /^(0|root)(:|$)/.test(user ?? owner.user))
    throw new NotStarted(
      notSupported('limits.processes', "the kernel does not hold root to it; the target's own limits hold for root too"),
    );
}
