import { createExecutor } from '@errand/core';
import { ConnectionPool } from './connection/connection-pool.ts';
import { Connector } from './connection/connector.ts';
import { Dialer, type DialRequest } from './connection/dialer.ts';
import { SshForwarder } from './forwarding/ssh-forwarder.ts';
import { ForwardingExecutor, type SshExecutor } from './forwarding-executor.ts';
import type { PresentedHostKey } from './host-key-policy.ts';
import { toRequests } from './jump-options.ts';
import { SshDriver } from './ssh-driver.ts';
import { checkHost, checkSshOptions, type SshExecutorOptions, sshOptionChecks } from './ssh-options.ts';

/** See `SshExecutorOptions`. */
const MAX_CONNECTIONS = 20;
const IDLE_MS = 60_000;

/**
 * Runs commands on a host over SSH. Nothing is connected before the first command, and nothing is installed on the host: it needs Linux's
 * /proc and a POSIX `/bin/sh`, whatever the account's login shell is.
 *
 * @example
 * const executor = sshExecutor({ host: 'web1' });
 * const { stdout } = await executor.exec('uptime', { check: true });
 * await executor.close();
 *
 * @throws ExecError `EXEC_INVALID_OPTION`. Commands reject with `EXEC_CONNECT`, `EXEC_AUTH` or `EXEC_HOST_KEY` where there is no connection.
 */
export function sshExecutor(options: SshExecutorOptions): SshExecutor {
  const { promise: connector, resolve: made } = Promise.withResolvers<Connector>();
  let driver: SshDriver | undefined;
  const commands = createExecutor(
    {
      kind: 'ssh',
      optionChecks: sshOptionChecks,
      makeDriver: ({ maxConnections = MAX_CONNECTIONS, idleMs = IDLE_MS, ...request }) => {
        checkHost(request);
        const dialer = new Dialer({ ...toRequest(request), target: trustedAs(request) });
        const connector = new Connector(request.host, (signal) => dialer.open(signal));
        made(connector);
        driver = new SshDriver(new ConnectionPool({ open: (signal) => connector.open(signal), maxConnections, idleMs }), idleMs);
        return driver;
      },
    },
    options,
  );
  return new ForwardingExecutor(commands, new SshForwarder(async (signal) => (await connector).open(signal)), () => driver?.willClose());
}

/**
 * The key that a host presents, and what known_hosts files say of it: for who looks at a fingerprint before it is trusted, as `errand trust`
 * does. Nobody logs in. `options` are those of the executor.
 *
 * @throws ExecError `EXEC_INVALID_OPTION`; `EXEC_CONNECT` where the host does not answer; `EXEC_HOST_KEY` where its key cannot be judged
 */
export async function presentedHostKey(
  options: SshExecutorOptions,
  { signal = new AbortController().signal }: { readonly signal?: AbortSignal } = {},
): Promise<PresentedHostKey> {
  checkSshOptions(options);
  return new Dialer(toRequest(options)).presentedKey(signal);
}

function toRequest({ jumps, ...request }: SshExecutorOptions): DialRequest {
  return { ...request, ...(jumps && { jumps: toRequests(jumps) }) };
}

/** What `errand trust` finds it by. */
function trustedAs({ name, host, port }: SshExecutorOptions): string {
  if (name !== undefined && name !== host) return name;
  return port === undefined ? host : `ssh://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
