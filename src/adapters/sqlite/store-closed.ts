import { AppError } from '../../shared/errors.ts';

export const storeClosed = (): AppError =>
  new AppError('unavailable', 'CONTROL_STORE_CLOSED', 'the control store is closed', { retryAfterSeconds: 5 });
