import { ExecError } from '@errand/core';
import { codeOf } from '../code-of.ts';
import { homeDirectory } from '../home-directory.ts';
import { messageOf } from '../message-of.ts';

/** What the caller gave cannot be used: nothing of it is in the message, and what `cause` is comes from the caller or the system. */
function authenticationFault(message: string, cause?: unknown): ExecError {
  return new ExecError('EXEC_AUTH', message, { cause });
}

export function wrongPassphrase(key: string): ExecError {
  return authenticationFault(`The passphrase of ${key} is wrong, or the file is damaged. To try it: ssh-keygen -y -f <file>.`);
}

export function needsPassphrase(key: string): ExecError {
  return authenticationFault(`${upper(key)} is encrypted: give its passphrase, or add it to an agent (ssh-add) and use { agent: true }.`);
}

export function unsupportedForm(key: string): ExecError {
  return authenticationFault(
    `${upper(key)} is damaged or of a form that is not supported. To turn a copy into one that is: ssh-keygen -p -Z aes256-ctr -f <copy>.`,
  );
}

export function securityKey(key: string): ExecError {
  return authenticationFault(`${upper(key)} is of a security key (FIDO), which is not supported here. Name a key of another type.`);
}

export function noPrivateKey(key: string, isPublic: boolean): ExecError {
  const what = isPublic ? 'a public key: name the file of the private one, which mostly has no .pub' : 'no private key';
  return authenticationFault(`${upper(key)} is ${what}.`);
}

export function unreadableKey(key: string, cause: unknown): ExecError {
  return authenticationFault(`${upper(key)} cannot be read (${codeOf(cause)}): look at its path and who may read it.`, cause);
}

export function noAgent(): ExecError {
  return authenticationFault(
    'There is no agent: SSH_AUTH_SOCK is not set, or IdentityAgent of ~/.ssh/config says none. Start one (ssh-agent), or name its socket: { agent: path }.',
  );
}

export function unreachableAgent(path: string, cause: unknown): ExecError {
  return authenticationFault(
    `The agent ${path} cannot be reached (${messageOf(cause)}). Whether it runs says: SSH_AUTH_SOCK=${path} ssh-add -l.`,
    cause,
  );
}

/** What a function of the caller threw may name secrets: it is the cause, and not in the message. */
export function callerFault(what: string, cause: unknown): ExecError {
  return authenticationFault(`The function for ${what} failed, so the login was given up.`, cause);
}

/** A path as people write it. */
export function shownPath(path: string): string {
  const home = homeDirectory();
  return path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path;
}

function upper(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
