/** The environment of a process for which @errand/backend-k8s is not installed. */
export const WITHOUT_K8S: Readonly<Record<string, string>> = { NODE_OPTIONS: `--import=${new URL('hide-k8s.mjs', import.meta.url).href}` };
