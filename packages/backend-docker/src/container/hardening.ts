import { posix } from 'node:path';
import type { ImageState } from '../daemon-answers.ts';
import type { ContainerSpec } from '../docker-client.ts';
import type { ContainerLimits, ContainerOptions } from '../docker-options.ts';

type HostConfig = NonNullable<ContainerSpec['HostConfig']>;
type Mount = NonNullable<HostConfig['Mounts']>[number];

/** Nobody's own: as whom commands run where nothing else is said. */
export const NOBODY = '65534:65534';
/** What keeps a container alive is another's, so that `kill -9 -1` does not reach it. */
export const KEEPER = '65533:65533';

export const DEFAULT_LIMITS: Required<ContainerLimits> = { memoryBytes: 2 ** 30, cpus: 1, processes: 512 };
export const DEFAULT_TMPFS: Readonly<Record<string, string>> = { '/tmp': 'rw,exec,nosuid,nodev,size=256m,mode=1777' };

/** As `/tmp` is. */
const VOLUME = { SizeBytes: 256 * 2 ** 20, Mode: 0o1777 };

/** What a container of an image may do: nothing, unless the options relax it by name. */
export function hardened(options: ContainerOptions, image: Pick<ImageState, 'volumes'>): HostConfig {
  const {
    network = 'none',
    readOnlyRoot = true,
    capabilities = [],
    newPrivileges = false,
    init = true,
    tmpfs = DEFAULT_TMPFS,
    mounts = [],
  } = options;
  const { memoryBytes, cpus, processes } = { ...DEFAULT_LIMITS, ...options.limits };
  return {
    NetworkMode: network,
    ReadonlyRootfs: readOnlyRoot,
    CapDrop: ['ALL'],
    ...(capabilities.length > 0 && { CapAdd: [...capabilities] }),
    ...(!newPrivileges && { SecurityOpt: ['no-new-privileges'] }),
    Init: init,
    Tmpfs: { ...tmpfs },
    Mounts: [
      ...mounts.map(({ source, target, readOnly: ReadOnly = true }): Mount => {
        return { Type: source.startsWith('/') ? 'bind' : 'volume', Source: source, Target: target, ReadOnly };
      }),
      ...volumesInMemory(options, image).map((Target): Mount => ({ Type: 'tmpfs', Source: '', Target, TmpfsOptions: VOLUME })),
    ],
    // Together they keep swap out of it.
    ...(memoryBytes !== false && { Memory: memoryBytes, MemorySwap: memoryBytes }),
    ...(cpus !== false && { NanoCpus: Math.round(cpus * 1e9) }),
    ...(processes !== false && { PidsLimit: processes }),
    IpcMode: 'private',
    // What is written is the commands' own: nothing of it is kept by the daemon.
    LogConfig: { Type: 'none', Config: {} },
  };
}

/** Where an image has volumes, which would be on the daemon's disk, without a bound. */
export function volumesInMemory(
  { readOnlyRoot = true, mounts = [], tmpfs = DEFAULT_TMPFS }: ContainerOptions,
  image: Pick<ImageState, 'volumes'>,
): string[] {
  if (!readOnlyRoot) return [];
  const taken = [...mounts.map(({ target }) => target), ...Object.keys(tmpfs)].map((path) => posix.resolve('/', path));
  return image.volumes.map((path) => posix.resolve('/', path)).filter((path) => !taken.includes(path));
}
