import { type InstallRequest, installRules } from '../rules/install-rules.ts';
import { trashUpload, uploadRow, uploadRules } from '../rules/rule-uploads.ts';
import { refuse } from '../shared/errors.ts';
import type { JsonObject } from '../shared/json.ts';
import { optionalText, optionalTextList, requiredText } from './order-input.ts';
import { authorOf, type TransactionKind } from './order-kind.ts';

const uploadOrder: TransactionKind<JsonObject> = {
  mode: 'transaction',
  action: '/AlertRules/upload',
  async run(tx, ctx, input) {
    const file = { fileName: requiredText(input, 'file_name'), content: requiredText(input, 'content') };
    const { upload, rows } = await uploadRules(tx, ctx.logpointId, file, authorOf(ctx));
    return { message: `File ${upload.fileName} uploaded`, ...uploadRow(upload), rows };
  },
};

const trashUploadOrder: TransactionKind<JsonObject> = {
  mode: 'transaction',
  action: '/AlertRules/trashUpload',
  async run(tx, ctx, input) {
    const upload = await trashUpload(tx, ctx.logpointId, requiredText(input, 'id'), authorOf(ctx));
    return { message: `File ${upload.fileName} deleted` };
  },
};

const installOrder: TransactionKind<JsonObject> = {
  mode: 'transaction',
  action: '/AlertRules/install',
  async run(tx, ctx, input) {
    const request: InstallRequest = {
      owner: requiredText(input, 'owner'),
      location: locationOf(optionalText(input, 'file_location')),
      fileName: optionalText(input, 'file_name'),
      repos: optionalTextList(input, 'repos'),
    };
    const { installed, failed, rows } = await installRules(tx, ctx.logpointId, request, authorOf(ctx));
    return { message: `${installed} alert rules installed, ${failed} refused`, installed, failed, rows };
  },
};

function locationOf(word: string | undefined): InstallRequest['location'] {
  if (word === undefined || word === 'private') return 'private';
  if (word === 'vendor') return 'vendor';
  const message = `file_location must be private or vendor, not ${JSON.stringify(word.slice(0, 60))}`;
  throw refuse('UPLOAD_INVALID', message, { file_location: [message] });
}

/** Files of rules: uploaded, installed, removed. */
export const ruleUploadOrders = [uploadOrder, trashUploadOrder, installOrder] as const;
