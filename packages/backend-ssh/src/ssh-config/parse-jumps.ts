/** A host on the way to another. What is absent is as the configuration says for that host. */
export interface JumpHost {
  readonly host: string;
  readonly user?: string;
  readonly port?: number;
}

/** `[user@]host[:port]` or `ssh://…`, with commas between them, as OpenSSH has checked them. IPv6 addresses have brackets where a port follows. */
export function parseJumps(list: string): JumpHost[] {
  return list === '' ? [] : list.split(',').map(parseJump);
}

/** One of them. It throws where a user behind `ssh://` is not percent-encoded. */
export function parseJump(text: string): JumpHost {
  const isUri = text.startsWith('ssh://');
  const destination = text.replace(/^ssh:\/\//, '').replace(/\/$/, '');
  // A user name may hold an @; the last one ends it.
  const at = destination.lastIndexOf('@');
  const user = at < 0 ? undefined : destination.slice(0, at);
  const [, bracketed, bare, port] = /^(?:\[([^\]]*)\]|(.*?))(?::(\d+))?$/.exec(destination.slice(at + 1)) ?? [];
  return {
    host: bracketed ?? bare ?? destination,
    // Percent-encoded in the form with ssh:// alone.
    ...(user !== undefined && { user: isUri ? decodeURIComponent(user) : user }),
    ...(port !== undefined && { port: Number(port) }),
  };
}
