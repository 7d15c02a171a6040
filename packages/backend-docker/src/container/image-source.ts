import type { Logger } from '@errand/core';
import { orAborted } from '@errand/core/waiting';
import type { ImageState } from '../daemon-answers.ts';
import { DaemonRefusal } from '../daemon-refusal.ts';
import type { DockerClient } from '../docker-client.ts';
import { isFullDisk, noImage } from '../docker-errors.ts';

/** When an image is asked of its registry. */
export type PullPolicy = 'missing' | 'always' | 'never';

/** For a daemon to say whether it has it. */
const ANSWER_MS = 10_000;
/** For one that comes slowly, which commands that gave up meanwhile began to wait for. */
const PULL_MS = 600_000;

/** Which image it is, and who is told how it comes. */
export interface ImageSourceOptions {
  readonly image: string;
  readonly pull?: PullPolicy;
  readonly logger: Logger | undefined;
}

/** The image of all containers of an executor. */
export class ImageSource {
  readonly #client: DockerClient;
  readonly #options: ImageSourceOptions;
  #pulling: Promise<ImageState> | undefined;

  constructor(client: DockerClient, options: ImageSourceOptions) {
    this.#client = client;
    this.#options = options;
  }

  /**
   * Pulls it where it has to be: once for all that wait for it, and for the next one where they give up.
   *
   * @throws ExecError `EXEC_NOT_FOUND` where the daemon has no such image, and gets none
   */
  async ready(signal: AbortSignal): Promise<ImageState> {
    const { image, pull } = this.#options;
    const found = pull === 'always' ? undefined : await this.#look(signal);
    if (found) return found;
    if (pull === 'never') throw noImage(image, "pull: 'never' asks no registry for it");
    this.#pulling ??= this.#pull().finally(() => {
      this.#pulling = undefined;
    });
    return orAborted(this.#pulling, signal);
  }

  /** Rejects where there is none and none is asked for, or where the daemon does not answer. */
  async check(signal: AbortSignal): Promise<void> {
    if (this.#options.pull === 'never') await this.ready(signal);
    else await this.#look(signal);
  }

  #look(signal: AbortSignal): Promise<ImageState | undefined> {
    return this.#client.image(this.#options.image, AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]));
  }

  async #pull(): Promise<ImageState> {
    const { image, logger } = this.#options;
    const signal = AbortSignal.timeout(PULL_MS);
    try {
      await this.#client.pull(image, (line) => logger?.debug({ image }, line), signal);
    } catch (fault) {
      if (!(fault instanceof DaemonRefusal) || isFullDisk(fault.message)) throw fault;
      throw noImage(image, `it could not be pulled: ${fault.message}`, fault);
    }
    const pulled = await this.#look(signal);
    if (!pulled) throw noImage(image, 'it was removed a moment ago');
    return pulled;
  }
}
