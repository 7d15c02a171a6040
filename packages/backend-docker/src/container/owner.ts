import { randomBytes } from 'node:crypto';
import { isDead, ownPlace } from '@errand/core/process';
import type { LabelledContainer } from '../daemon-answers.ts';

/** Carried by every container that is made here. */
export const OWNER_LABEL = 'sh.errand.owner';
/** When one that does not run may be removed by anybody, in milliseconds since 1970. */
const EXPIRY_LABEL = 'sh.errand.expires';

/** When one that runs may be, since whoever was to end it by then did not. Of one that ends with its client nothing is said. */
const END_LABEL = 'sh.errand.ends';

/** What those that are made here are called; an image that was made of one has its labels, and gives them to others. */
const NAME = /^errand-[0-9a-f]{16}$/;

/** How long one that was made takes to be started, at most. */
const EXPIRY_MS = 3_600_000;

/**
 * The labels of a container of this process.
 *
 * @param runMs How long it runs at most, in milliseconds, where its client's death does not end it.
 */
export function ownLabels(runMs?: number): Record<string, string> {
  const startedBy = Date.now() + EXPIRY_MS;
  if (runMs === undefined) return { [OWNER_LABEL]: ownPlace(), [EXPIRY_LABEL]: String(startedBy) };
  const end = String(startedBy + runMs);
  return { [OWNER_LABEL]: ownPlace(), [EXPIRY_LABEL]: end, [END_LABEL]: end };
}

export function ownName(): string {
  return `errand-${randomBytes(8).toString('hex')}`;
}

/**
 * Whether a container that carries an owner was left behind: by a process of this machine that is dead, by whoever made it and never got to
 * start it, or by one that was to end it long ago.
 */
export function isLeftOver({ name, labels, status }: Pick<LabelledContainer, 'name' | 'labels' | 'status'>): boolean {
  if (!NAME.test(name)) return false;
  if (isDead(labels[OWNER_LABEL] ?? '')) return true;
  const runs = status === 'running' || status === 'paused';
  return Number(labels[runs ? END_LABEL : EXPIRY_LABEL]) < Date.now();
}
