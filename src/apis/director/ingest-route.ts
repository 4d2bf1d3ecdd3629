import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { AcceptRequest } from '../../ingest/ingest-handle.ts';
import { AppError } from '../../shared/errors.ts';
import { reposFind } from '../../tenancy/registry.ts';
import { ErrorEnvelope, StringEnum } from '../http/envelope.ts';
import { logpointOf } from '../http/route-guard.ts';
import type { DirectorServices } from './director-services.ts';
import { TENANT_PARAMS } from './tenant-paths.ts';

const FORMATS = ['auto', 'jsonl', 'syslog', 'web', 'text'] as const satisfies readonly AcceptRequest['format'][];
const ENCODINGS = ['identity', 'gzip', 'br'] as const satisfies readonly AcceptRequest['encoding'][];

const SOURCE_NAME_CHARS_MAX = 200;

const Query = Type.Object({
  format: Type.Optional(StringEnum(FORMATS, 'How lines are read; auto decides line by line.')),
  source_name: Type.Optional(Type.String({ maxLength: SOURCE_NAME_CHARS_MAX, description: 'Becomes `source_name`.' })),
});

const Answer = Type.Object({
  accepted: Type.Integer(),
  rejected: Type.Integer({ description: 'Lines that could not be decoded; kept in the dead-letter repo.' }),
  rejections: Type.Optional(Type.Array(Type.Object({ line: Type.Integer(), reason: Type.String() }))),
});

/** `POST /ingest/P/L/REPO`: the bytes go to the journal as they came; this layer reads none of them. */
export async function addIngestRoute(app: FastifyInstance, services: DirectorServices): Promise<void> {
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    // Senders call their lines many names, and the format says what they are.
    scope.addContentTypeParser(
      '*',
      { parseAs: 'buffer', bodyLimit: services.ingestBodyBytesMax },
      (_request, body, done) => done(null, body),
    );
    scope.post<{ Params: { repo: string }; Querystring: { format?: AcceptRequest['format']; source_name?: string } }>(
      '/ingest/:pool/:logpoint/:repo',
      {
        bodyLimit: services.ingestBodyBytesMax,
        config: { permission: 'ingest' },
        schema: {
          operationId: 'Ingest',
          tags: ['Ingest'],
          summary: 'Takes lines of logs; answers when they are durable.',
          description: 'Body: one event a line, or a JSON array; Content-Encoding gzip or br.',
          params: Type.Object({ ...TENANT_PARAMS, repo: Type.String({ description: 'Name of the repo.' }) }),
          querystring: Query,
          response: { 200: Answer, 413: ErrorEnvelope, 429: ErrorEnvelope, 503: ErrorEnvelope, default: ErrorEnvelope },
        },
        handler: async (request) => {
          const { accepted, rejected, rejections } = await services.ingest.accept({
            ...(await targetOf(services, request)),
            body: bodyOf(request.body),
            encoding: encodingOf(request.headers['content-encoding']),
            format: request.query.format ?? 'auto',
            remoteIp: request.ip,
            sourceName: request.query.source_name ?? 'http',
          });
          return { accepted, rejected, ...(rejected > 0 ? { rejections } : {}) };
        },
      },
    );
  });
}

async function targetOf(services: DirectorServices, request: FastifyRequest<{ Params: { repo: string } }>) {
  const logpoint = logpointOf(request);
  const repo = await services.control.read(reposFind, { logpointId: logpoint.id, nameOrAddress: request.params.repo });
  if (repo === null) {
    const name = JSON.stringify(request.params.repo.slice(0, 100));
    throw new AppError('not-found', 'REPO_UNKNOWN', `repo ${name} is unknown in logpoint ${logpoint.id}`);
  }
  return { poolId: logpoint.poolId, logpointId: logpoint.id, logpointName: logpoint.name, repo: repo.name };
}

function bodyOf(body: unknown): Buffer {
  if (Buffer.isBuffer(body) && body.length > 0) return body;
  throw new AppError('invalid', 'BODY_INVALID', 'request body is empty: expected lines of logs');
}

function encodingOf(header: string | undefined): AcceptRequest['encoding'] {
  const encoding = ENCODINGS.find((known) => known === (header ?? 'identity').toLowerCase());
  if (encoding !== undefined) return encoding;
  throw new AppError(
    'unsupported-media',
    'BODY_ENCODING',
    `content encoding ${header} is not supported: expected gzip or br`,
  );
}
