/** What a container of errand may do by default, in the words of `docker run`. */
export const HARDENING_FLAGS: readonly string[] = [
  ['--network', 'none'],
  ['--read-only'],
  ['--cap-drop', 'ALL'],
  ['--security-opt', 'no-new-privileges'],
  ['--init'],
  ['--tmpfs', '/tmp:rw,exec,nosuid,nodev,size=256m,mode=1777'],
  ['--memory', '1g'],
  ['--memory-swap', '1g'],
  ['--cpus', '1'],
  ['--pids-limit', '512'],
  ['--ipc', 'private'],
  ['--log-driver', 'none'],
  ['--user', '65534:65534'],
].flat();

/** The same in the words of the API. */
export const HARDENED_SPEC = {
  User: '65534:65534',
  HostConfig: {
    NetworkMode: 'none',
    ReadonlyRootfs: true,
    CapDrop: ['ALL'],
    SecurityOpt: ['no-new-privileges'],
    Init: true,
    Tmpfs: { '/tmp': 'rw,exec,nosuid,nodev,size=256m,mode=1777' },
    Memory: 2 ** 30,
    MemorySwap: 2 ** 30,
    NanoCpus: 1e9,
    PidsLimit: 512,
    IpcMode: 'private',
    LogConfig: { Type: 'none', Config: {} },
  },
};
