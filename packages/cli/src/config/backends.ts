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
  return (await loadFunction(kind, BACKENDS[kind].factory)) as Factory;
}

/**
 * A function of a kind's package, of that name.
 *
 * @throws UsageError where it is not installed, or has none
 */
export async function loadFunction(kind: Exclude<Kind, 'local'>, name: string): Promise<(...args: never[]) => unknown> {
  const missing = missingPackage(kind);
  if (missing) throw new UsageError(installHint(kind, missing));
  const module: Record<string, unknown> = await import(BACKENDS[kind].package);
  const found = module[name];
  if (typeof found !== 'function') throw new UsageError(`${BACKENDS[kind].package} has no ${name}: another version of it is needed.`);
  return found as (...args: never[]) => unknown;
}
