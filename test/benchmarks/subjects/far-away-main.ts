// The process that withFarTarget starts: it goes when its stdin ends.
import { TcpProxy } from '../../servers/tcp-proxy.ts';

const [port, latencyMs] = process.argv.slice(2).map(Number);
const proxy = await TcpProxy.start(port ?? 0);
proxy.latencyMs = latencyMs ?? 0;
process.stdout.write(`${proxy.port}\n`);
process.stdin.resume().once('end', () => void proxy.stop());
