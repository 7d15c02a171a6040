import * as check from '@errand/core/checks';
import { checkAuthentication, type SshAuthentication } from './authentication/authentication-options.ts';
import type { DialRequest } from './connection/dialer.ts';
import { checkHostKeyOptions, type HostKeyOptions } from './host-key/host-key-options.ts';
import { type JumpHost, parseJump } from './ssh-config/parse-jumps.ts';

/** A host on the way to another. What is not said is taken from the user's own configuration of OpenSSH for that host, where it is asked. */
export interface SshJump {
  /** A host name, an address, or a `Host` of `~/.ssh/config`, as the host before it sees it. */
  readonly host: string;
  /** 1 … 65535; default: as `~/.ssh/config` says, else 22. */
  readonly port?: number;
  /** Default: as `~/.ssh/config` says, else the name of this process's account. */
  readonly user?: string;
  /** How to log in there; what is said for the target does not count. Default as for the target. */
  readonly authentication?: readonly SshAuthentication[];
  /** How its key is verified; what is said for the target does not count. Default as for the target: as OpenSSH does. */
  readonly hostKey?: HostKeyOptions;
}

/** How options that say where a host is and who we are there are checked. */
export const hostChecks: Readonly<Record<keyof SshJump, check.Check>> = {
  host: check.matching(/^[^-\s\p{C}/@][^\s\p{C}/]{0,254}$/u, 'a host name, an address or a Host of ~/.ssh/config'),
  port: check.integer(1, 65_535),
  user: check.matching(
    /^[^-\p{C}][^\p{C}]{0,255}$/u,
    'a name of 1 to 256 characters, none of them a control character, that does not begin with a dash',
  ),
  authentication: checkAuthentication,
  hostKey: checkHostKeyOptions,
};

/** Each goes through the one before. */
const MAX_JUMPS = 8;
const ALLOWED = "an array of at most 8, each { host, … } or text such as 'deploy@bastion:2222'";
const FORM = "text such as 'bastion', 'deploy@bastion:2222', 'ssh://bastion' or '[2001:db8::1]:22'";

/** @throws ExecError `EXEC_INVALID_OPTION` */
export const checkJumps: check.Check = (option, value) => {
  if (!Array.isArray(value)) throw check.invalidOption(option, 'is no array', ALLOWED);
  if (value.length > MAX_JUMPS) throw check.invalidOption(option, `has ${value.length} hosts`, ALLOWED);
  value.forEach((item, index) => {
    checkJump(`${option}[${index}]`, item);
  });
};

/** The hosts to go through: all of them, whatever the configuration says of how they are reached. Options are checked. */
export function toRequests(jumps: readonly (string | SshJump)[]): DialRequest[] {
  return jumps.map((item, index) => {
    const jump = typeof item === 'string' ? parseJump(item) : item;
    return { ...jump, hostKeyOption: `jumps[${index}].hostKey`, ...(index === 0 && { jumps: [] }) };
  });
}

function checkJump(option: string, value: unknown): void {
  if (typeof value === 'string') return checkText(option, value);
  check.checkEach(option, value, hostChecks);
  if (Reflect.get(check.object(option, value), 'host') === undefined)
    throw check.invalidOption(`${option}.host`, 'is missing', 'a host name, an address or a Host of ~/.ssh/config');
}

function checkText(option: string, text: string): void {
  const jump = parsed(text);
  const hasBrackets = /\](:\d+)?\/?$/.test(text);
  // Without brackets the end of an IPv6 address looks like a port.
  if (!jump || /[[\],]/.test(jump.host) || jump.host.includes(':') !== hasBrackets) throw check.invalidOption(option, 'is no host', FORM);
  for (const [key, item] of Object.entries(jump)) hostChecks[key as keyof JumpHost](key === 'host' ? option : `${option}.${key}`, item);
}

function parsed(text: string): JumpHost | undefined {
  try {
    return parseJump(text);
  } catch {
    // A user that is not percent-encoded as it should be.
    return undefined;
  }
}
