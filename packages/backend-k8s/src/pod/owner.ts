/** Carried by everything that is made here. */
export const MANAGED_LABEL = 'app.kubernetes.io/managed-by';
export const MANAGED = 'errand';

/** The Lease of the executor whose it is: while that is renewed, nobody else removes it. */
export const OWNER_LABEL = 'errand.sh/owner';

export function podsPath(namespace: string, name?: string): string {
  return `/api/v1/namespaces/${namespace}/pods${name === undefined ? '' : `/${name}`}`;
}

export function leasesPath(namespace: string, name?: string): string {
  return `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases${name === undefined ? '' : `/${name}`}`;
}
