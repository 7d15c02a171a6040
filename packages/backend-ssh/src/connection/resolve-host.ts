import { userInfo } from 'node:os';
import type { HostKeyOptions } from '../host-key/host-key-options.ts';
import { type HostKeyPolicy, hostKeyPolicy } from '../host-key-policy.ts';
import type { JumpHost } from '../ssh-config/parse-jumps.ts';
import { type SshConfig, sshConfig } from '../ssh-config.ts';

/** What the caller says of a host. What is absent is as the user's own configuration says. */
export interface HostRequest extends JumpHost {
  readonly hostKey?: HostKeyOptions;
  /** What the caller calls these; where it is given, `errand trust` cannot find the host. Default: `hostKey`. */
  readonly hostKeyOption?: string;
  /** What the caller calls it, and `errand trust` finds it by; default: the host. */
  readonly target?: string;
  /** What the caller calls the target, where it is the configuration that leads there through this host. */
  readonly jumpFor?: string;
  /** See `SshExecutorOptions`. */
  readonly configFile?: string | false;
}

/** A host, and how it is reached. */
export interface ResolvedHost {
  readonly hostName: string;
  readonly port: number;
  readonly user: string;
  /** As messages name it: `deploy@web1:22`. */
  readonly where: string;
  readonly hostKeys: HostKeyPolicy;
  /** Undefined where none was asked, or there is no OpenSSH to ask. */
  readonly config: SshConfig | undefined;
}

/** @throws ExecError `EXEC_INVALID_OPTION` where OpenSSH takes neither the host nor its own files; or the reason of `signal` */
export async function resolveHost(request: HostRequest, signal: AbortSignal): Promise<ResolvedHost> {
  const { host, port, user, hostKey = {}, hostKeyOption, jumpFor, target = host, configFile } = request;
  const said = { signal, ...(user !== undefined && { user }), ...(port !== undefined && { port }) };
  const config =
    configFile === false ? undefined : await sshConfig(host, { ...said, ...(configFile !== undefined && { file: configFile }) });
  const found = { hostName: config?.hostName ?? host, port: port ?? config?.port ?? 22, user: user ?? config?.user ?? userInfo().username };
  return {
    ...found,
    where: `${found.user}@${host}:${found.port}`,
    hostKeys: hostKeyPolicy(
      {
        host: found.hostName,
        port: found.port,
        target: jumpFor ?? target,
        ...(jumpFor !== undefined && { jump: host }),
        ...(hostKeyOption !== undefined && { option: hostKeyOption }),
      },
      hostKey,
      config,
    ),
    config,
  };
}
