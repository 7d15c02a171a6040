import type { Executor } from '@errand/core';
import { loadFactory } from './config/backends.ts';
import type { OpenOptions } from './targets.ts';
import { UsageError } from './usage-error.ts';

const FORM = /^ssh:\/\/(?:(?<user>[^@/]+)@)?(?:\[(?<address>[^\]/]+)\]|(?<host>[^:/@[\]]+))(?::(?<port>\d{1,5}))?\/?$/;

/** What can name an executor: an IPv6 address cannot. */
const NAME = /^[A-Za-z0-9._-]{1,64}$/;

/**
 * The executor of `ssh://[user@]host[:port]`, where the host may be one of ~/.ssh/config.
 *
 * @throws UsageError where it is of another form
 */
export async function openSsh(target: string, options: OpenOptions): Promise<Executor> {
  const host = parseSshUri(target);
  const sshExecutor = await loadFactory('ssh');
  return sshExecutor({ ...options, ...(NAME.test(host.host) && { name: host.host }), ...host });
}

/** @throws UsageError where it is of another form */
export function parseSshUri(target: string): { readonly host: string; readonly user?: string; readonly port?: number } {
  const { user, address, host = address, port } = FORM.exec(target)?.groups ?? {};
  if (host === undefined) throw new UsageError(`'${target}' is no host. Allowed: such as ssh://web1 or ssh://deploy@web1:2222.`);
  return {
    host,
    ...(user !== undefined && { user: decoded(user) }),
    ...(port !== undefined && { port: Number(port) }),
  };
}

/** As OpenSSH takes it in this form. */
function decoded(user: string): string {
  try {
    return decodeURIComponent(user);
  } catch {
    return user;
  }
}
