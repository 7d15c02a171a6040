import { callerFault } from './authentication-faults.ts';
import type { SshSecret } from './authentication-options.ts';

/**
 * Asks for a secret when it is called first, and remembers the answer.
 *
 * @param what In messages: `the password`.
 * @throws ExecError `EXEC_AUTH` with what the function threw
 */
export function askedOnce(secret: SshSecret, what: string): () => Promise<string> {
  let answer: Promise<string> | undefined;
  return () => {
    answer ??= ask(secret, what);
    return answer;
  };
}

async function ask(secret: SshSecret, what: string): Promise<string> {
  if (typeof secret === 'string') return secret;
  let answer: unknown;
  try {
    answer = await secret();
  } catch (fault) {
    throw callerFault(what, fault);
  }
  if (typeof answer !== 'string') throw callerFault(what, new TypeError(`it gave no string: ${typeof answer}`));
  return answer;
}
