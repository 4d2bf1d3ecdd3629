import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { AppError } from '../../shared/errors.ts';
import { ErrorEnvelope } from '../http/envelope.ts';
import type { DirectorServices } from './director-services.ts';

/** The server's part in a backup: what the command line asks for while it copies the data folder. */
export interface BackupService {
  begin(pid: number): Promise<{ readonly id: string; readonly folder: string; readonly holdMs: number }>;
  seal(id: string): Promise<void>;
  end(id: string): Promise<void>;
}

const PID_MAX = 4_194_304;
const BeginBody = Type.Object({
  pid: Type.Integer({ minimum: 1, maximum: PID_MAX, description: 'The process on this machine that copies.' }),
});
const Begun = Type.Object({
  id: Type.String(),
  folder: Type.String({ description: 'In the data folder: what was frozen.' }),
  hold_ms: Type.Integer({ description: 'Seal within this time; deliveries go on by themselves afterwards.' }),
});
const Done = Type.Object({ status: Type.Literal('Success') });
const REFUSALS = { 401: ErrorEnvelope, 403: ErrorEnvelope, default: ErrorEnvelope };

/** Of use to a process that can read the data folder alone: nothing of it is in the answers. */
export function addBackupRoutes(app: FastifyInstance, services: DirectorServices): void {
  const params = Type.Object({ id: Type.String({ description: 'Of the answer that began it.' }) });
  const about = (operationId: string, summary: string) => ({ operationId, tags: ['Backup'], summary });
  app.post<{ Body: { pid: number } }>('/backup', {
    config: { permission: 'operate' },
    schema: {
      ...about(
        'BeginBackup',
        'Freezes events and cursors, and holds deliveries; lines and orders are accepted as before.',
      ),
      body: BeginBody,
      response: { 200: Begun, ...REFUSALS },
    },
    handler: async (request) => {
      const { id, folder, holdMs } = await serviceOf(services).begin(request.body.pid);
      return { id, folder, hold_ms: holdMs };
    },
  });
  app.post<{ Params: { id: string } }>('/backup/:id/seal', {
    config: { permission: 'operate' },
    schema: {
      ...about('SealBackup', 'Freezes the journal and lets deliveries go on.'),
      params,
      response: { 200: Done, ...REFUSALS },
    },
    handler: async (request) => {
      await serviceOf(services).seal(request.params.id);
      return { status: 'Success' as const };
    },
  });
  app.delete<{ Params: { id: string } }>('/backup/:id', {
    config: { permission: 'operate' },
    schema: {
      ...about('EndBackup', 'Gives up what was frozen.'),
      params,
      response: { 200: Done, ...REFUSALS },
    },
    handler: async (request) => {
      await serviceOf(services).end(request.params.id);
      return { status: 'Success' as const };
    },
  });
}

function serviceOf({ backup }: DirectorServices): BackupService {
  if (backup !== undefined) return backup;
  throw new AppError('not-found', 'BACKUP_UNKNOWN', 'this server has no data folder to back up');
}
