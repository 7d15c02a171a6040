import { type Executor, localExecutor } from '@errand/core';
import { UsageError } from '../usage-error.ts';
import type { Kind } from './schema/kinds.ts';

type Factory = (options: object) => Executor;

/** What makes a kind's executors. It is loaded when a target of that kind is opened, and may not be installed. */
const BACKENDS: Readonly<Record<Exclude<Kind, 'local'>, { readonly package: string; readonly factory: string }>> = {
  ssh: { package: '@errand/backend-ssh', factory: 'sshExecutor' },
  docker: { package: '@errand/backend-docker', factory: 'dockerExecutor' },
  k8s: { package: '@errand/backend-k8s', factory: 'k8sExecutor' },
  lambda: { package: '@errand/backend-lambda', factory: 'lambdaExecutor' },
};

/** The package that a kind needs and that is not installed. */
export function missingPackage(kind: string): string | undefined {
  const backend = Object.hasOwn(BACKENDS, kind) ? BACKENDS[kind as Exclude<Kind, 'local'>] : undefined;
  return backend && !isInstalled(backend.package) ? backend.package : undefined;
}

/** Whether errand finds a package. */
export function isInstalled(name: string): boolean {
  try {
    import.meta.resolve(name);
    return true;
  } catch {
    return false;
  }
}

/** What to say of one. */
export function installHint(kind: string, name: string): string {
  return `the kind ${kind} needs ${name}, which is not installed. Install it beside errand: npm install ${name}`;
}

/** @throws UsageError where its package is not installed. */
export async function loadFactory(kind: Kind): Promise<Factory> {
  if (kind === 'local') return localExecutor;
  const missing = missingPackage(kind);
  if (missing) throw new UsageError(installHint(kind, missing));
  const backend = BACKENDS[kind];
  const module: Record<string, unknown> = await import(backend.package);
  const factory = module[backend.factory];
  if (typeof factory !== 'function') throw new UsageError(`${backend.package} has no ${backend.factory}: another version of it is needed.`);
  return factory as Factory;
}
