import { AppError } from '../shared/errors.ts';

/** A refusal that its account's event in the audit chain tells already, so that it is not told as a refused request, too. */
export class RefusedLogin extends AppError {}
