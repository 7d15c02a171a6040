export type { HostKeyOptions } from './host-key/host-key-options.ts';
