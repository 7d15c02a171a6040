import type { StoreOptions } from './store-options.ts';

const PORTS = { redis: '6379', postgres: '5432' } as const;

/** Where a store is, for messages: a host and its port, or the path of a socket; nothing of who may use it. Undefined where a client of its owner knows. */
export function addressOf(options: StoreOptions): string | undefined {
  if (options.kind === 'memory' || options.url === undefined) return undefined;
  const { kind, url } = options;
  if (url.startsWith('/')) return url.replace(/\?.*$/s, '');
  // Of a socket `pg` takes URLs without a host.
  const { hostname, port, searchParams } = new URL(url.replace(/@(?=[/?#]|$)/, '@localhost'));
  // For `pg` what stands after the `?` wins, for `ioredis` what stands before it.
  const [host = 'localhost', at = PORTS[kind]] = [
    [hostname, searchParams.get('host')],
    [port, searchParams.get('port')],
  ].map((found) => (kind === 'redis' ? found : found.reverse()).find((one) => one) ?? undefined);
  return host.startsWith('/') ? host : `${host}:${at}`;
}
