import type { Logger } from '@errand/core';
import { DaemonRefusal } from '../daemon-refusal.ts';
import type { DockerClient, ImageState } from '../docker-client.ts';
import { noImage } from '../docker-errors.ts';

/** When an image is asked of its registry. */
export type PullPolicy = 'missing' | 'always' | 'never';

/** For a daemon to say whether it has it. */
const ANSWER_MS = 10_000;

/** @throws ExecError `EXEC_NOT_FOUND` where the daemon has no such image, and gets none */
export async function ensureImage(
  client: DockerClient,
  { image, pull, logger }: { readonly image: string; readonly pull: PullPolicy; readonly logger: Logger | undefined },
  signal: AbortSignal,
): Promise<ImageState> {
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]);
  const found = pull === 'always' ? undefined : await client.image(image, bounded);
  if (found) return found;
  if (pull === 'never') throw noImage(image, "pull: 'never' asks no registry for it");
  try {
    await client.pull(image, (line) => logger?.debug({ image }, line), signal);
  } catch (fault) {
    if (!(fault instanceof DaemonRefusal)) throw fault;
    throw noImage(image, `it could not be pulled: ${fault.message}`, fault);
  }
  const pulled = await client.image(image, signal);
  if (!pulled) throw noImage(image, 'it was removed a moment ago');
  return pulled;
}
