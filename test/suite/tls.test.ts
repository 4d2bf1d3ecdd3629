import { execFileSync } from 'node:child_process';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  eventually,
  type Founded,
  initFolder,
  runCommand,
  ServerProcess,
  temporaryFolder,
} from '../e2e/tocsin-process.ts';

// HTTPS with certificates that openssl makes; new files are used without a restart.

const folder = temporaryFolder();
const cert = `${folder.dir}/cert.pem`;
const key = `${folder.dir}/key.pem`;
let founded: Founded;
let server: ServerProcess;

function makeCertificate(name: string): { cert: string; key: string } {
  const files = { cert: `${folder.dir}/${name}.crt`, key: `${folder.dir}/${name}.key` };
  const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1'];
  const output = ['-keyout', files.key, '-out', files.cert, '-days', '2', '-nodes'];
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', ...subject, ...output],
    {
      stdio: 'ignore',
    },
  );
  return files;
}

beforeAll(async () => {
  const first = makeCertificate('first.example');
  copyFileSync(first.cert, cert);
  copyFileSync(first.key, key);
  founded = await initFolder(`${folder.dir}/data`);
  server = await ServerProcess.start(`${folder.dir}/data`, '--tls-cert', cert, '--tls-key', key);
});
afterAll(async () => {
  await server.kill();
  folder.remove();
});

const open = (): Promise<TLSSocket> =>
  new Promise((resolve, reject) => {
    const port = Number(new URL(server.url).port);
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => resolve(socket));
    socket.on('error', reject);
  });

const nameOf = (socket: TLSSocket): string => String(socket.getPeerCertificate().subject.CN);

/** One request on an open connection. */
function ask(socket: TLSSocket): Promise<string> {
  return new Promise((resolve) => {
    socket.once('data', (chunk) => resolve(String(chunk)));
    socket.write('GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n');
  });
}

test('the server speaks HTTPS, says so in its URL, and its command line finds it', async () => {
  expect(server.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
  const socket = await open();
  const answer = await ask(socket);
  expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  expect(answer.toLowerCase()).toContain('strict-transport-security: max-age=31536000');
  socket.destroy();
  const env = { NODE_EXTRA_CA_CERTS: cert };
  const listed = await runCommand(['incidents', 'list', '--json', '--url', server.url, '--token', founded.token], {
    env,
  });
  expect(listed).toEqual({ code: 0, stdout: '[]\n', stderr: '' });
});

test('new files serve new connections while old ones go on; a pair that does not fit is refused', async () => {
  const old = await open();
  expect(nameOf(old)).toBe('first.example');
  const second = makeCertificate('second.example');
  // A pair half copied: the certificate is new, the key is not yet.
  copyFileSync(second.cert, cert);
  await eventually(async () => server.log.find((line) => String(line['msg']).includes('do not fit')), 'the refusal');
  const meanwhile = await open();
  expect(nameOf(meanwhile)).toBe('first.example');
  meanwhile.destroy();
  writeFileSync(key, readFileSync(second.key));
  await eventually(async () => {
    const socket = await open();
    const name = nameOf(socket);
    socket.destroy();
    return name === 'second.example' ? name : undefined;
  }, 'the new certificate');
  expect(await ask(old)).toMatch(/^HTTP\/1\.1 200 /);
  old.destroy();
});
