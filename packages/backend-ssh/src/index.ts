export type { AuthenticationInfo, AuthenticationPrompt, SshAuthentication, SshSecret } from './authentication/authentication-options.ts';
export type {
  Forward,
  Forwarder,
  Forwarding,
  ForwardOptions,
  ListenAddress,
  SocketAddress,
  TcpAddress,
  UnixAddress,
} from './forwarding/forwarding.ts';
export type { SshExecutor } from './forwarding-executor.ts';
export type { HostKeyOptions } from './host-key/host-key-options.ts';
export type { PresentedHostKey } from './host-key-policy.ts';
export type { SshJump } from './jump-options.ts';
export { presentedHostKey, sshExecutor } from './ssh-executor.ts';
export type { SshExecutorOptions } from './ssh-options.ts';
