import type { ContainerSource } from './container-source.ts';

/** The same container, in which commands run as this account; it is another's to close. */
export function ofAccount(source: ContainerSource, user: string): ContainerSource {
  return {
    user,
    ready: (signal) => source.ready(signal),
    lost: (id) => source.lost(id),
    ranOutOfMemory: (id, inside, since) => source.ranOutOfMemory(id, inside, since),
    check: (signal) => source.check(signal),
    close: async () => {},
  };
}
