import type { Duplex } from 'node:stream';
import type { ExecutorOptions } from '@errand/core';
import * as check from '@errand/core/checks';
import type { PullPolicy } from './container/image-source.ts';

/** What bounds a container with all that runs in it; `false` takes a bound away. */
export interface ContainerLimits {
  /** Bytes of memory, without swap: 6 MiB … 2^53-1; default 1 GiB. What is beyond is ended by the kernel, and told as `out-of-memory`. */
  readonly memoryBytes?: number | false;
  /** Processors, 0.01 … 10,000; default 1. */
  readonly cpus?: number | false;
  /** Processes and threads at once, 16 … 4,194,304; default 512. */
  readonly processes?: number | false;
}

/** Something of the daemon's machine that a container sees. */
export interface ContainerMount {
  /** An absolute path on the daemon's machine, or the name of a volume. */
  readonly source: string;
  /** An absolute path in the container. */
  readonly target: string;
  /** Default true. */
  readonly readOnly?: boolean;
}

/**
 * A container that the executor makes. Each line but the first two takes away one thing that holds by default: all capabilities dropped,
 * `no-new-privileges`, a root file system that cannot be written, no network, an account that is nobody's, bounds on memory, processors and processes.
 */
export interface ContainerOptions {
  /** When the image is asked of its registry: where the daemon has it not, each time that a container is made, never. Default `'missing'`. */
  readonly pull?: PullPolicy;
  /** What of the daemon's machine is seen, as `docker run --mount` has it. Default: nothing. */
  readonly mounts?: readonly ContainerMount[];
  /** As whom commands run that name nobody: `name`, `uid`, `uid:gid`. Default `65534:65534`. */
  readonly user?: string;
  /** A network of the daemon; default `none`: nothing but the loopback. */
  readonly network?: string;
  /** The root file system cannot be written; default true. */
  readonly readOnlyRoot?: boolean;
  /** Directories in memory, which counts as the container's own, with their options; default 256 MiB in `/tmp`. */
  readonly tmpfs?: Readonly<Record<string, string>>;
  /** Capabilities that are kept, such as `NET_BIND_SERVICE`; default none. */
  readonly capabilities?: readonly string[];
  /** Programs may gain privileges by a set-user-ID bit; default false. */
  readonly newPrivileges?: boolean;
  /** A small init is the first process, and reaps what others leave; default true. */
  readonly init?: boolean;
  readonly limits?: ContainerLimits;
}

/** Options of `dockerExecutor`. */
export interface DockerExecutorOptions extends ExecutorOptions, ContainerOptions {
  /**
   * `'container'`: each command has a container of its own, and nothing that it writes is there for the next. `'exec'`: all commands run in
   * one container, which has sessions, terminals, files and warm shells besides. Default `'container'`.
   */
  readonly mode?: 'container' | 'exec';
  /**
   * False: nothing of a shell is asked of the image, and commands are lists of words alone, the program first. See `supports`. Default true:
   * there is a POSIX `/bin/sh`.
   */
  readonly shell?: boolean;
  /**
   * With mode `'container'` and `shell: false`: commands may have `env`, although it then stands in their container's configuration, which
   * whoever may ask the daemon can read (`docker inspect`). Default false.
   */
  readonly allowInspectableEnv?: boolean;
  /**
   * With mode `'exec'`, `image` and `shell: false`: a program of the image, and its arguments, that keeps the container alive. One that ends when its
   * stdin does (`['cat']`) ends it, and all that runs in it, when this process is gone.
   */
  readonly keeper?: readonly string[];
  /**
   * The image of the containers, which needs a `/bin/sh` unless `shell: false`. With `'exec'` it is one that is made when the first command needs it, and removed by
   * `close()`.
   */
  readonly image?: string;
  /**
   * With mode `'container'`: how many containers are made ahead once the first command ran, so that others need not wait for theirs: 0 … 64;
   * default 0. Each runs one command, and none with `limits.memoryBytes`.
   */
  readonly warm?: number;
  /**
   * With mode `'exec'`: the name or id of a container of yours that runs, and has a `/bin/sh` unless `shell: false`. It is neither started nor ended. Then of the options for containers
   * only `user` is taken; default: the container's own.
   */
  readonly container?: string;
  /** Where the daemon is, as DOCKER_HOST has it: `unix:///var/run/docker.sock`, `tcp://10.0.0.7:2376`. Default: as the docker CLI finds it. */
  readonly host?: string;
  /** A context of the docker CLI. */
  readonly context?: string;
  /** A directory with `ca.pem`, `cert.pem` and `key.pem`, for `tcp://` with TLS. Default: as the docker CLI has it (DOCKER_CERT_PATH). */
  readonly tlsDirectory?: string;
  /**
   * A stream to the daemon's socket, called for each connection, which then owns it: for a daemon behind SSH, say. It must give up when
   * `signal` aborts.
   */
  readonly connect?: (signal: AbortSignal) => Promise<Duplex>;
}

const MIB = 2 ** 20;
/** Less no daemon gives a container. */
export const LEAST_MEMORY_BYTES: number = 6 * MIB;

/** How the backend's own options are checked. */
export const dockerOptionChecks: check.OptionChecks = {
  mode: check.oneOf('container', 'exec'),
  image: check.matching(
    /^[A-Za-z0-9][\w./:@-]{0,255}$/,
    'a reference of an image, such as node:24 or registry.example/team/image@sha256:…',
  ),
  container: check.matching(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/, 'the name or id of a container'),
  shell: check.boolean,
  allowInspectableEnv: check.boolean,
  keeper: list('a program and its arguments', check.text(131_071)),
  warm: check.integer(0, 64),
  host: check.text(1_024),
  context: check.matching(/^[A-Za-z0-9][\w.+-]{0,255}$/, 'a context that docker context ls shows'),
  tlsDirectory: check.text(4_096),
  connect: check.callback,
  pull: check.oneOf('missing', 'always', 'never'),
  mounts: list('a list of mounts', checkMount),
  user: checkUser,
  network: check.matching(/^[A-Za-z0-9][\w.:-]{0,255}$/, 'a network that docker network ls shows'),
  readOnlyRoot: check.boolean,
  tmpfs: checkTmpfs,
  capabilities: list(
    'a list of capabilities',
    check.matching(/^[A-Z][A-Z_]{1,63}$/, 'a capability as Docker has it, such as NET_BIND_SERVICE'),
  ),
  newPrivileges: check.boolean,
  init: check.boolean,
  limits: (option, value) => check.checkEach(`${option}.`, check.object(option, value), limitChecks),
};

/** A command's user is checked as the target's: a daemon takes an empty word for root. */
export function checkUser(option: string, value: unknown): void {
  check.matching(/^[A-Za-z0-9_.][A-Za-z0-9_.-]{0,63}(:[A-Za-z0-9_.][A-Za-z0-9_.-]{0,63})?$/, 'such as node, 1000 or 1000:1000')(
    option,
    value,
  );
}

/** Options that are about a container of ours, and mean nothing for one of the caller's. */
const OF_MADE = ['pull', 'mounts', 'network', 'readOnlyRoot', 'tmpfs', 'capabilities', 'newPrivileges', 'init', 'limits'] as const;
/** Of which one says where the daemon is. */
const WHERE = ['host', 'context', 'connect'] as const;

/** What the options say together. */
export function checkDocker(options: Partial<DockerExecutorOptions>): void {
  const { image, container } = options;
  if (container !== undefined && options.mode !== 'exec')
    throw check.invalidOption('container', "stands beside mode: 'container', which makes its own", "with mode: 'exec'");
  if (options.warm !== undefined && options.mode === 'exec')
    throw check.invalidOption('warm', "stands beside mode: 'exec', which has one container", "with mode: 'container'");
  checkShell(options);
  if ((image === undefined) === (container === undefined))
    throw check.invalidOption(
      'image',
      container === undefined ? 'is missing' : 'stands beside container',
      'image or container, one of them',
    );
  const idle = container === undefined ? undefined : OF_MADE.find((name) => options[name] !== undefined);
  if (idle) throw check.invalidOption(idle, 'stands beside container, which was made without it', 'with image');
  const [one, another] = WHERE.filter((name) => options[name] !== undefined);
  if (another) throw check.invalidOption(another, `stands beside ${one}`, 'one of them');
}

function checkShell({ shell = true, warm, allowInspectableEnv, mode, container, keeper }: Partial<DockerExecutorOptions>): void {
  const needsKeeper = !shell && mode === 'exec' && container === undefined;
  if (needsKeeper !== (keeper !== undefined))
    throw check.invalidOption(
      'keeper',
      keeper ? 'has nothing to keep' : 'is missing, without which a container without a shell ends at once',
      "with mode: 'exec', image and shell: false",
    );
  if (!shell && warm)
    throw check.invalidOption('warm', 'stands beside shell: false, where a container is made of its command', 'with a shell');
  if (allowInspectableEnv && (shell || mode === 'exec'))
    throw check.invalidOption(
      'allowInspectableEnv',
      'has no meaning here, where nobody can see env',
      "with mode: 'container' and shell: false",
    );
}

const limitChecks: check.OptionChecks = {
  memoryBytes: orFalse(check.integer(LEAST_MEMORY_BYTES, Number.MAX_SAFE_INTEGER, 'bytes')),
  cpus: orFalse(checkCpus),
  processes: orFalse(check.integer(16, 4_194_304)),
};

const mountChecks: check.OptionChecks = {
  source: check.matching(/^(\/[^\0]*|[A-Za-z0-9][\w.-]{0,254})$/, "an absolute path on the daemon's machine, or the name of a volume"),
  target: check.absolutePath,
  readOnly: check.boolean,
};

function checkMount(option: string, value: unknown): void {
  const mount = check.object(option, value);
  check.checkEach(`${option}.`, mount, mountChecks);
  for (const name of ['source', 'target'])
    if (Reflect.get(mount, name) === undefined) throw check.invalidOption(`${option}.${name}`, 'is missing', 'a path');
}

function checkTmpfs(option: string, value: unknown): void {
  for (const [path, text] of Object.entries(check.object(option, value))) {
    check.absolutePath(option, path);
    check.matching(/^[\w=,%.-]{0,256}$/, 'options of tmpfs, such as rw,exec,size=64m')(`${option}['${path}']`, text);
  }
}

function checkCpus(option: string, value: unknown): void {
  if (typeof value !== 'number' || !(value >= 0.01 && value <= 10_000))
    throw check.invalidOption(option, 'is out of range', 'a number from 0.01 to 10,000');
}

function orFalse(wanted: check.Check): check.Check {
  return (option, value) => value === false || wanted(option, value);
}

function list(allowed: string, each: check.Check): check.Check {
  return (option, value) => {
    if (!Array.isArray(value) || value.length > 256) throw check.invalidOption(option, 'is no list of at most 256', allowed);
    value.forEach((item, i) => void each(`${option}[${i}]`, item));
  };
}
