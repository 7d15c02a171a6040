import { KubernetesShare } from './kubernetes-share.ts';

// biome-ignore lint/style/noDefaultExport: vitest takes a setup by its default export
export default async function setup(): Promise<() => Promise<void>> {
  const share = await KubernetesShare.open();
  return async () => share?.close();
}
