import * as check from '@errand/core/checks';

/** A question of the server, such as for a one-time code. */
export interface AuthenticationPrompt {
  readonly prompt: string;
  /** Whether what is typed may be shown. */
  readonly echo: boolean;
}

/** What the server says above its questions; either may be empty. */
export interface AuthenticationInfo {
  readonly name: string;
  readonly instruction: string;
}

/** A password or passphrase, or who tells it once it is needed. What the function throws ends the login with `EXEC_AUTH`. */
export type SshSecret = string | (() => string | Promise<string>);

/** One way to say who we are. */
export type SshAuthentication =
  /**
   * The keys of an agent. `true`: the one that `~/.ssh/config` names (IdentityAgent), or `SSH_AUTH_SOCK` does, and with IdentitiesOnly
   * only those of its keys that an IdentityFile has. A string: the path of its socket, in which `~/` is the home directory, and all of its keys.
   */
  | { readonly agent: true | string }
  /** The text of a private key, as OpenSSH writes it. The passphrase is used if it is encrypted. */
  | { readonly privateKey: string | Uint8Array; readonly passphrase?: SshSecret }
  /** A file with a private key; `~/` at the beginning is the home directory. It is read for each connection; 1 MiB at most. */
  | { readonly privateKeyFile: string; readonly passphrase?: SshSecret }
  /**
   * Where the server takes no passwords, but asks for one (`keyboard-interactive`, as with PAM), that is answered too, unless another of the
   * ways is `keyboardInteractive`. A function is called once a connection at most, if the server takes passwords or asks.
   */
  | { readonly password: SshSecret }
  /**
   * Answers what the server asks, an answer to each prompt. Called again for further questions. What it throws ends the login with `EXEC_AUTH`.
   *
   * @example
   * { keyboardInteractive: (prompts) => prompts.map(({ prompt }) => (prompt.startsWith('Verification code') ? totp() : password)) }
   */
  | {
      readonly keyboardInteractive: (
        prompts: readonly AuthenticationPrompt[],
        info: AuthenticationInfo,
      ) => readonly string[] | Promise<readonly string[]>;
    };

const WAYS = ['agent', 'privateKey', 'privateKeyFile', 'password', 'keyboardInteractive'];
const PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----|^PuTTY-User-Key-File-/;

const checks: check.OptionChecks = {
  agent: checkAgent,
  privateKey: checkPrivateKey,
  privateKeyFile: checkPath,
  passphrase: checkSecret,
  password: checkSecret,
  keyboardInteractive: check.callback,
};

/** @throws ExecError `EXEC_INVALID_OPTION`, in which no value is shown that may be a secret */
export const checkAuthentication: check.Check = (option, value) => {
  const allowed = `one or several of { ${WAYS.join(' }, { ')} }`;
  if (!Array.isArray(value)) throw check.invalidOption(option, 'is no array', allowed);
  // Nobody means to log in as nothing; the default is to leave the option out.
  if (value.length === 0) throw check.invalidOption(option, 'is an empty array', allowed);
  value.forEach((item, index) => {
    checkWay(`${option}[${index}]`, item);
  });
};

function checkWay(option: string, value: unknown): void {
  check.checkEach(option, value, checks);
  const given = Object.entries(check.object(option, value)).flatMap(([key, item]) => (item === undefined ? [] : [key]));
  const ways = WAYS.filter((way) => given.includes(way));
  if (ways.length !== 1) throw check.invalidOption(option, `has ${ways.join(' and ') || 'none of them'}`, `one of ${WAYS.join(', ')}`);
  if (given.includes('passphrase') && !ways[0]?.startsWith('privateKey'))
    throw check.invalidOption(`${option}.passphrase`, `does not go with ${ways[0]}`, 'beside privateKey, privateKeyFile');
}

function checkAgent(option: string, value: unknown): void {
  if (value === false) throw check.invalidOption(option, 'is false', "true, or a socket's path; for none, leave it out");
  if (value !== true) check.text(4_096)(option, value);
}

function checkPrivateKey(option: string, value: unknown): void {
  const text = value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value;
  if (typeof text === 'string' && PRIVATE_KEY.test(text)) return;
  throw check.invalidOption(option, 'is no private key', "a private key's text or bytes; for its file: privateKeyFile");
}

/** Whoever takes it for `privateKey` has a secret in it. */
function checkPath(option: string, value: unknown): void {
  if (typeof value === 'string' && PRIVATE_KEY.test(value))
    throw check.invalidOption(option, 'is a private key itself', "a file's path; for the key's text: privateKey");
  check.text(4_096)(option, value);
}

function checkSecret(option: string, value: unknown): void {
  const allowed = 'a string that is not empty, or a function that gives one';
  if (value === '') throw check.invalidOption(option, 'is empty', allowed);
  if (typeof value !== 'string' && typeof value !== 'function')
    throw check.invalidOption(option, 'is neither text nor a function', allowed);
}
