import type { Credential } from './authentication.ts';
import { callerFault } from './authentication-faults.ts';
import type { AuthenticationPrompt, SshAuthentication, SshSecret } from './authentication-options.ts';
import { askedOnce } from './secrets.ts';

type Answer = Extract<SshAuthentication, { readonly keyboardInteractive: unknown }>['keyboardInteractive'];

/** @param answersToo Where the server takes no passwords but asks for one, as PAM does. */
export function passwordCredentials(username: string, secret: SshSecret, answersToo: boolean): Credential[] {
  const ask = askedOnce(secret, 'the password');
  const password: Credential = {
    type: 'password',
    name: 'password',
    offer: async () => ({ type: 'password', username, password: await ask() }),
  };
  return answersToo ? [password, passwordAsAnswer(username, ask)] : [password];
}

/** Asks the caller what the server asks. */
export function interactiveCredential(username: string, answer: Answer): Credential {
  return {
    type: 'keyboard-interactive',
    name: 'keyboard-interactive',
    repeats: true,
    offer: async (fail) => ({
      type: 'keyboard-interactive',
      username,
      prompt: (name, instruction, _language, prompts, finish) => {
        answersOf(answer, prompts.map(toPrompt), { name, instruction }).then(finish, (fault) => {
          fail(fault);
          // Too few answers: the server must refuse, as RFC 4256 has it.
          finish([]);
        });
      },
    }),
  };
}

/** Only the one question that can be for it; a second one is for something else, such as a new password. */
function passwordAsAnswer(username: string, ask: () => Promise<string>): Credential {
  let isAsked = false;
  return {
    type: 'keyboard-interactive',
    name: 'password (as the answer of keyboard-interactive)',
    unless: 'password',
    offer: async (fail) => ({
      type: 'keyboard-interactive',
      username,
      prompt: (_name, _instruction, _language, prompts, finish) => {
        if (isAsked || prompts.length !== 1 || prompts[0]?.echo) return finish([]);
        isAsked = true;
        ask().then(
          (password) => finish([password]),
          (fault) => {
            fail(fault);
            finish([]);
          },
        );
      },
    }),
  };
}

async function answersOf(answer: Answer, prompts: readonly AuthenticationPrompt[], info: Parameters<Answer>[1]): Promise<string[]> {
  const what = 'keyboardInteractive';
  let answers: unknown;
  try {
    answers = await answer(prompts, info);
  } catch (fault) {
    throw callerFault(what, fault);
  }
  if (Array.isArray(answers) && answers.length === prompts.length && answers.every((text) => typeof text === 'string')) return answers;
  throw callerFault(what, new TypeError(`it has to give an array with a string for each of the ${prompts.length} prompts`));
}

/** ssh2 leaves `echo` away where it is false. */
function toPrompt({ prompt, echo }: { readonly prompt: string; readonly echo?: boolean }): AuthenticationPrompt {
  return { prompt, echo: echo === true };
}
