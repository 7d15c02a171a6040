import { hostname, userInfo } from 'node:os';
import { homeDirectory } from '../home-directory.ts';
import type { Tokens } from './expand.ts';
import { parseJumps } from './parse-jumps.ts';
import type { Settings } from './parse-settings.ts';

/** What the tokens of ssh_config(5) stand for, where `argument` was asked for. */
export function tokensOf(argument: string, settings: Settings): Tokens {
  // Newer versions say what they made of the argument.
  const asked = settings.raw('host') ?? parseJumps(argument)[0]?.host ?? argument;
  const local = localUser();
  return new Map([
    ['C', settings.raw('controlpath') ?? ''],
    ['d', homeDirectory()],
    ['h', settings.raw('hostname') ?? asked],
    ['i', local.uid],
    ['j', parseJumps(settings.text('proxyjump') ?? '').at(-1)?.host ?? ''],
    ['k', settings.text('hostkeyalias') ?? asked],
    ['L', hostname().replace(/\..*$/s, '')],
    ['l', hostname()],
    ['n', asked],
    ['p', settings.raw('port') ?? ''],
    ['r', settings.raw('user') ?? ''],
    ['u', local.name],
  ]);
}

function localUser(): { uid: string; name: string } {
  try {
    const { uid, username } = userInfo();
    return { uid: String(uid), name: username };
  } catch {
    return { uid: String(process.getuid?.() ?? ''), name: '' };
  }
}
