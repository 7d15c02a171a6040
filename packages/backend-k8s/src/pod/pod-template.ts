import type { ContainerSpec, PodSpec, PodTemplate } from '../api/kube-objects.ts';
import type { K8sExecutorOptions, PodLimits, PodOptions } from '../k8s-options.ts';
import { merged } from './merged.ts';

/** How the container in which commands run is called. */
export const CONTAINER = 'errand';

/** Nobody's own. */
const NOBODY = '65534:65534';

export const DEFAULT_LIMITS: Required<PodLimits> = { memoryBytes: 2 ** 30, cpus: 1 };
const DEFAULT_REQUESTS = { memoryBytes: 128 * 2 ** 20, cpus: 0.1 };
const SCRATCH_BYTES = 256 * 2 ** 20;

/** The options of which a template is made. */
export type TemplateOptions = PodOptions & Pick<K8sExecutorOptions, 'image'>;

/** What a mode says of its pods, beside what the options do. */
export interface TemplateParts {
  readonly labels: Readonly<Record<string, string>>;
  /** Of the container: its command, say. */
  readonly container: Readonly<Record<string, unknown>>;
  /** Of the pod: its volumes are added to those of the options. */
  readonly pod?: Readonly<Record<string, unknown>>;
  /** Mounts of the mode's own volumes. */
  readonly volumeMounts?: readonly object[];
}

/** A pod as the options have it, which Pod Security `restricted` takes unless they relax it. What `template` says comes last. */
export function podTemplate(options: TemplateOptions, { labels, container, pod = {}, volumeMounts = [] }: TemplateParts): PodTemplate {
  const { podLabels, imagePullSecrets, nodeSelector, tolerations, template } = options;
  const own: PodTemplate = {
    metadata: { labels: { ...podLabels, ...labels } },
    spec: {
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: podSecurity(options),
      ...(imagePullSecrets && { imagePullSecrets: imagePullSecrets.map((name) => ({ name })) }),
      ...(nodeSelector && { nodeSelector: { ...nodeSelector } }),
      ...(tolerations && { tolerations: [...tolerations] }),
      ...pod,
      containers: [{ ...ownContainer(options, volumeMounts), ...container }],
      volumes: [...scratchVolumes(options), ...(options.volumes ?? []), ...listOf(pod['volumes'])],
    },
  };
  return template ? (merged(own, template) as unknown as PodTemplate) : own;
}

/** The container of that name, or the only one: what `template` may have changed. */
export function containerOf(spec: PodSpec): ContainerSpec | undefined {
  return spec.containers.find(({ name }) => name === CONTAINER) ?? spec.containers[0];
}

function ownContainer(options: TemplateOptions, mounts: readonly object[]): ContainerSpec {
  const { image, imagePullPolicy } = options;
  return {
    name: CONTAINER,
    image,
    ...(imagePullPolicy && { imagePullPolicy }),
    securityContext: containerSecurity(options),
    resources: resources(options),
    volumeMounts: [
      ...scratchPaths(options).map((mountPath, i) => ({ name: scratchName(i), mountPath })),
      ...(options.volumeMounts ?? []),
      ...mounts,
    ],
    terminationMessagePolicy: 'File',
  };
}

function podSecurity({ user = NOBODY, volumes = [] }: TemplateOptions): object {
  const [uid = 0, gid = uid] = user.split(':').map(Number);
  return {
    runAsUser: uid,
    runAsGroup: gid,
    // So that what is mounted can be written. Without need it is not asked for: directories that are made below would inherit its bit.
    ...(volumes.length > 0 && { fsGroup: gid }),
    ...(uid !== 0 && { runAsNonRoot: true }),
    seccompProfile: { type: 'RuntimeDefault' },
  };
}

function containerSecurity({ readOnlyRoot = true, capabilities = [], newPrivileges = false }: TemplateOptions): object {
  return {
    allowPrivilegeEscalation: newPrivileges,
    readOnlyRootFilesystem: readOnlyRoot,
    capabilities: { drop: ['ALL'], ...(capabilities.length > 0 && { add: [...capabilities] }) },
  };
}

function resources({ limits, requests }: TemplateOptions): object {
  const { memoryBytes, cpus } = { ...DEFAULT_LIMITS, ...limits };
  const least = (name: 'memoryBytes' | 'cpus', limit: number | false): number =>
    requests?.[name] ?? Math.min(DEFAULT_REQUESTS[name], limit === false ? Number.POSITIVE_INFINITY : limit);
  return {
    limits: {
      ...(memoryBytes !== false && { memory: String(memoryBytes) }),
      ...(cpus !== false && { cpu: milli(cpus) }),
    },
    requests: { memory: String(least('memoryBytes', memoryBytes)), cpu: milli(least('cpus', cpus)) },
  };
}

/** A cluster counts no finer. */
function milli(cpus: number): string {
  return `${Math.max(1, Math.round(cpus * 1_000))}m`;
}

const DEFAULT_SCRATCH: NonNullable<PodOptions['scratch']> = { '/tmp': {} };

function scratchPaths({ scratch = DEFAULT_SCRATCH }: TemplateOptions): string[] {
  return Object.keys(scratch);
}

function scratchVolumes({ scratch = DEFAULT_SCRATCH }: TemplateOptions): object[] {
  return Object.values(scratch).map(({ sizeBytes = SCRATCH_BYTES, inMemory = false }, i) => ({
    name: scratchName(i),
    emptyDir: { sizeLimit: String(sizeBytes), ...(inMemory && { medium: 'Memory' }) },
  }));
}

function scratchName(i: number): string {
  return `errand-scratch-${i}`;
}

function listOf(value: unknown): readonly object[] {
  return Array.isArray(value) ? value : [];
}
