import type { ExecutorOptions } from '@errand/core';
import * as check from '@errand/core/checks';

/** What bounds a pod's container with all that runs in it; `false` takes a bound away, and leaves it to the namespace's LimitRange. */
export interface PodLimits {
  /** Bytes of memory: 6 MiB … 2^53-1; default 1 GiB. What is beyond is ended by the kernel, and told as `out-of-memory`. */
  readonly memoryBytes?: number | false;
  /** Processors, 0.01 … 10,000; default 1. */
  readonly cpus?: number | false;
}

/** What a node must have free for a pod. */
export interface PodRequests {
  /** Bytes of memory: 1 MiB … 2^53-1; default 128 MiB, or what `limits` has where that is less. */
  readonly memoryBytes?: number;
  /** Processors, 0.001 … 10,000; default 0.1, or what `limits` has where that is less. */
  readonly cpus?: number;
}

/** A directory that a pod has for itself, and that goes with it. */
export interface ScratchDirectory {
  /** Bytes, 1 MiB … 2^53-1; a pod that writes more is evicted. Default 256 MiB. */
  readonly sizeBytes?: number;
  /** In memory, which counts as the container's own. Default false: on the node's disk. */
  readonly inMemory?: boolean;
}

/** A taint that pods may be scheduled in spite of, as the API has it. */
export interface Toleration {
  readonly key?: string;
  readonly operator?: 'Exists' | 'Equal';
  readonly value?: string;
  readonly effect?: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';
  readonly tolerationSeconds?: number;
}

/**
 * A pod that is made here. Where nothing else is said it is one that Pod Security `restricted` takes: an account that is nobody's, no capabilities,
 * `RuntimeDefault` of seccomp, no service account's token; and its root file system cannot be written.
 */
export interface PodOptions {
  /** When a node asks the registry for the image. Default: as the cluster has it, `IfNotPresent` save for the tag `latest`. */
  readonly imagePullPolicy?: 'Always' | 'IfNotPresent' | 'Never';
  /** Names of Secrets of the namespace, for the image's registry. */
  readonly imagePullSecrets?: readonly string[];
  /** Labels that a node must have. */
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly tolerations?: readonly Toleration[];
  /** As the API has them: `{ name, persistentVolumeClaim: { claimName } }`. */
  readonly volumes?: readonly { readonly name: string; readonly [field: string]: unknown }[];
  /** Where the container sees these volumes, as the API has it: `{ name, mountPath }`. */
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string; readonly [field: string]: unknown }[];
  /** Directories of the pod's own, by their path; default `/tmp` with 256 MiB. */
  readonly scratch?: Readonly<Record<string, ScratchDirectory>>;
  /** As whom all runs: `uid` or `uid:gid`, numbers. Default `65534:65534`. Root (`0`) needs a namespace that takes it. */
  readonly user?: string;
  /** The root file system cannot be written; default true. */
  readonly readOnlyRoot?: boolean;
  /** Capabilities that are kept, such as `NET_BIND_SERVICE`; default none. */
  readonly capabilities?: readonly string[];
  /** Programs may gain privileges by a set-user-ID bit; default false. */
  readonly newPrivileges?: boolean;
  readonly limits?: PodLimits;
  readonly requests?: PodRequests;
  /** Labels of the pod, besides Errand's own. */
  readonly podLabels?: Readonly<Record<string, string>>;
  /**
   * What else its template has (`metadata`, `spec`), merged into it at last: objects key by key, containers by name (Errand's own is `errand`), lists as a whole; `null`
   * takes a field away.
   */
  readonly template?: object;
}

/** Where the cluster is, and as whom it is asked. */
export interface ClusterOptions {
  /** The file that says so. Default: as kubectl finds it (KUBECONFIG, `~/.kube/config`), else a pod's own service account. */
  readonly kubeconfig?: string;
  /** A context of the file; default: its current one. */
  readonly context?: string;
  /** By the service account of the pod in which this process runs, whatever files there are. Default false. */
  readonly inCluster?: boolean;
  /** Default: the context's, or `default`. */
  readonly namespace?: string;
}

/** Options of `k8sExecutor`. */
export interface K8sExecutorOptions extends ExecutorOptions, ClusterOptions, PodOptions {
  /**
   * `'job'`: each command is a Job of its own, which goes on when this process is gone. `'pod'`: all commands run in one pod, which has sessions,
   * terminals, files and warm shells besides. Default `'job'`.
   */
  readonly mode?: 'job' | 'pod';
  /** The image of the pods, which needs a `/bin/sh`. With `'pod'` it is one pod that is made when the first command needs it, and removed by `close()`. */
  readonly image?: string;
  /** With mode `'pod'`: the name of a pod of yours that runs, and has a `/bin/sh`. It is neither started nor ended. Then no option for pods is taken. */
  readonly pod?: string;
  /** With `pod`: which of its containers; default: the one that it names for that (`kubectl.kubernetes.io/default-container`), or the first. */
  readonly container?: string;
  /** With mode `'pod'` and `image`: how many unused pods are kept ready once the first command ran: 0 … 16; default 0. */
  readonly warm?: number;
  /** With mode `'job'`: milliseconds for which the cluster keeps a Job that ended, 1,000 … 2,147,483,647; default one hour. */
  readonly keepMs?: number;
  /**
   * With mode `'job'`: output goes into files of the pod, at most 2 GiB of each stream, from which it is read by exec; more is counted. So it is faster, and none is lost
   * that a node rotates away. The pod stays until all of it was read, and half a minute where nobody reads. Once it is over, `attach` finds how it ended, and none of the
   * output. Needs `wc` and `ls` in the image. Default false: it goes into the pod's log, of which a node keeps 10 MiB unless its kubelet says otherwise.
   */
  readonly largeOutput?: boolean;
}

const MIB = 2 ** 20;
const MOST = Number.MAX_SAFE_INTEGER;

const dnsName = check.matching(/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/, "a name as the cluster has them: letters, digits, '-' and '.'");
const labels = record(
  check.matching(/^([a-z0-9.-]{1,253}\/)?[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?$/, 'a key of a label, such as team or example.com/team'),
  check.matching(/^([A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?)?$/, 'at most 63 letters, digits, - _ and .'),
);

/** How the backend's own options are checked. */
export const k8sOptionChecks: check.OptionChecks = {
  mode: check.oneOf('job', 'pod'),
  kubeconfig: check.text(4_096),
  context: check.text(256),
  inCluster: check.boolean,
  namespace: check.matching(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, "a namespace: letters, digits and '-'"),
  image: check.matching(
    /^[A-Za-z0-9][\w./:@-]{0,510}$/,
    'a reference of an image, such as node:24 or registry.example/team/image@sha256:…',
  ),
  pod: dnsName,
  container: dnsName,
  warm: check.integer(0, 16),
  keepMs: check.integer(1_000, check.MAX_DELAY_MS, 'milliseconds'),
  largeOutput: check.boolean,
  imagePullPolicy: check.oneOf('Always', 'IfNotPresent', 'Never'),
  imagePullSecrets: list('names of Secrets', dnsName),
  nodeSelector: labels,
  tolerations: list('a list of tolerations', checkToleration),
  volumes: list('a list of volumes', withFields('name')),
  volumeMounts: list('a list of mounts', withFields('name', 'mountPath')),
  scratch: record(check.absolutePath, checkScratch),
  user: check.matching(/^\d{1,10}(:\d{1,10})?$/, 'uid or uid:gid, numbers such as 1000:1000: a cluster knows no names'),
  readOnlyRoot: check.boolean,
  capabilities: list('a list of capabilities', check.matching(/^[A-Z][A-Z_]{1,63}$/, 'a capability, such as NET_BIND_SERVICE')),
  newPrivileges: check.boolean,
  limits: (option, value) => check.checkEach(option, check.object(option, value), limitChecks),
  requests: (option, value) => check.checkEach(option, check.object(option, value), requestChecks),
  podLabels: labels,
  template: (option, value) => check.checkEach(option, check.object(option, value), { metadata: anObject, spec: anObject }),
};

const limitChecks: check.OptionChecks = {
  memoryBytes: orFalse(check.integer(6 * MIB, MOST, 'bytes')),
  cpus: orFalse(decimal(0.01, 10_000)),
};

const requestChecks: check.OptionChecks = { memoryBytes: check.integer(MIB, MOST, 'bytes'), cpus: decimal(0.001, 10_000) };

/** Options that are about a pod of ours, and mean nothing for one of the caller's. */
const OF_MADE = [
  'imagePullPolicy',
  'imagePullSecrets',
  'nodeSelector',
  'tolerations',
  'volumes',
  'volumeMounts',
  'scratch',
  'user',
  'readOnlyRoot',
  'capabilities',
  'newPrivileges',
  'limits',
  'requests',
  'podLabels',
  'template',
  'warm',
] as const satisfies readonly (keyof K8sExecutorOptions)[];

/** Options of one mode alone. */
const OF_MODE = { job: ['keepMs', 'largeOutput'], pod: ['pod', 'container', 'warm'] } as const satisfies Readonly<
  Record<string, readonly (keyof K8sExecutorOptions)[]>
>;

/** What the options say together. */
export function checkK8s(options: Partial<K8sExecutorOptions>): void {
  const { mode = 'job', image, pod, container, inCluster, kubeconfig, context } = options;
  const other = mode === 'job' ? 'pod' : 'job';
  const stray = OF_MODE[other].find((name) => options[name] !== undefined);
  if (stray) throw check.invalidOption(stray, `stands beside mode: '${mode}', which has no use for it`, `with mode: '${other}'`);
  if ((image === undefined) === (pod === undefined))
    throw check.invalidOption(
      'image',
      pod === undefined ? 'is missing' : 'stands beside pod',
      mode === 'pod' ? 'image or pod, one of them' : 'an image with a /bin/sh',
    );
  const idle = pod === undefined ? undefined : OF_MADE.find((name) => options[name] !== undefined);
  if (idle) throw check.invalidOption(idle, 'stands beside pod, which was made without it', 'with image');
  if (container !== undefined && pod === undefined) throw check.invalidOption('container', 'stands without pod', 'with pod');
  const where = kubeconfig === undefined ? 'context' : 'kubeconfig';
  if (inCluster && (kubeconfig ?? context) !== undefined) throw check.invalidOption('inCluster', `stands beside ${where}`, 'one of them');
}

const tolerationChecks: check.OptionChecks = {
  key: check.text(317),
  operator: check.oneOf('Exists', 'Equal'),
  value: check.text(63),
  effect: check.oneOf('NoSchedule', 'PreferNoSchedule', 'NoExecute'),
  tolerationSeconds: check.integer(0, MOST, 'seconds'),
};

function checkToleration(option: string, value: unknown): void {
  check.checkEach(option, check.object(option, value), tolerationChecks);
}

function checkScratch(option: string, value: unknown): void {
  check.checkEach(option, check.object(option, value), { sizeBytes: check.integer(MIB, MOST, 'bytes'), inMemory: check.boolean });
}

function anObject(option: string, value: unknown): void {
  check.object(option, value);
}

function withFields(...fields: readonly string[]): check.Check {
  return (option, value) => {
    const given = check.object(option, value);
    for (const field of fields) check.text(4_096)(`${option}.${field}`, Reflect.get(given, field));
  };
}

function decimal(min: number, max: number): check.Check {
  return (option, value) => {
    if (typeof value !== 'number' || !(value >= min && value <= max))
      throw check.invalidOption(option, 'is out of range', `a number from ${min} to ${max.toLocaleString('en')}`);
  };
}

function orFalse(wanted: check.Check): check.Check {
  return (option, value) => value === false || wanted(option, value);
}

function record(key: check.Check, each: check.Check): check.Check {
  return (option, value) => {
    for (const [name, item] of Object.entries(check.object(option, value))) {
      key(option, name);
      each(`${option}['${name}']`, item);
    }
  };
}

function list(allowed: string, each: check.Check): check.Check {
  return (option, value) => {
    if (!Array.isArray(value) || value.length > 256) throw check.invalidOption(option, 'is no list of at most 256', allowed);
    value.forEach((item, i) => void each(`${option}[${i}]`, item));
  };
}
