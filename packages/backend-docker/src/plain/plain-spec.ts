import { posix } from 'node:path';
import type { Limits, ProcessRequest } from '@errand/core';
import { DEFAULT_LIMITS, hardened, NOBODY } from '../container/hardening.ts';
import { ownLabels } from '../container/owner.ts';
import type { ImageState } from '../daemon-answers.ts';
import type { ContainerSpec } from '../docker-client.ts';
import type { ContainerOptions } from '../docker-options.ts';

/** Who is told to end it, and did not hear, is late by this at most. */
const LATE_MS = 60_000;

/** What a container is made of whose main process is the command. */
export interface PlainSpecParts {
  readonly name: string;
  readonly image: string;
  readonly state: Pick<ImageState, 'volumes'>;
  readonly options: ContainerOptions;
  readonly cwd: string | undefined;
}

export function plainSpec(request: ProcessRequest, { name, image, state, options, cwd }: PlainSpecParts): ContainerSpec {
  const { command, stdin, user = options.user ?? NOBODY, deadlineMs = 0, killGraceMs } = request;
  const runMs = deadlineMs + killGraceMs + LATE_MS;
  return {
    name,
    Image: image,
    Entrypoint: typeof command === 'string' ? [command] : [...command],
    Cmd: [],
    User: user,
    Env: environment(request.env),
    ...(cwd !== undefined && { WorkingDir: cwd }),
    // The image's own would be run beside the command.
    Healthcheck: { Test: ['NONE'] },
    Labels: ownLabels(runMs),
    AttachStdin: stdin,
    AttachStdout: true,
    AttachStderr: true,
    OpenStdin: stdin,
    // It ends when the connection of whoever writes to it does.
    StdinOnce: stdin,
    HostConfig: { ...hardened(options, state), Ulimits: rlimits(request.limits, mostCpuMs(runMs, options)) },
  };
}

/** A name alone takes a variable of the image's away. */
export function environment(env: ProcessRequest['env']): string[] {
  return Object.entries(env).map(([name, value]) => (value === undefined ? name : `${name}=${value}`));
}

/** Where a command runs: undefined is where the image says. */
export function workingDirectory(cwd: string | undefined, image: ImageState): string | undefined {
  return cwd === undefined ? undefined : withoutSlash(posix.resolve(image.workingDirectory, cwd));
}

export function withoutSlash(path: string): string {
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}

/** No process of its can have used more by its deadline; one that goes on although its client died is ended by the kernel, if it computes. */
function mostCpuMs(runMs: number, { limits }: ContainerOptions): number | undefined {
  const { cpus } = { ...DEFAULT_LIMITS, ...limits };
  return cpus === false ? undefined : runMs * Math.max(1, cpus);
}

/** As `setrlimit` has them; of memory the container has a bound. */
function rlimits(
  { cpuMs, processes, fileBytes, openFiles }: Limits,
  mostMs: number | undefined,
): { Name: string; Soft: number; Hard: number }[] {
  const ownMs = cpuMs ?? mostMs;
  const bounds = { cpu: ownMs && Math.ceil(ownMs / 1_000), nproc: processes, fsize: fileBytes, nofile: openFiles };
  return Object.entries(bounds).flatMap(([name, most]) => (most === undefined ? [] : [{ Name: name, Soft: most, Hard: most }]));
}
