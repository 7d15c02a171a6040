import { connect, type Server } from 'node:net';

// In the machine's namespace of networks, with a server that listens outside of it: whoever connects there is led to a port inside.
const [, , port = ''] = process.argv;
process.once('message', (_message, server) => {
  (server as Server).on('connection', (outside) => {
    const inside = connect(Number(port), '127.0.0.1');
    outside.pipe(inside).pipe(outside);
    outside.on('error', () => inside.destroy()).on('close', () => inside.destroy());
    inside.on('error', () => outside.destroy()).on('close', () => outside.destroy());
  });
  process.send?.('led');
});
process.once('disconnect', () => process.exit());
