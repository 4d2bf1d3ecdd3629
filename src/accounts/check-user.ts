import { refuse } from '../shared/errors.ts';
import { hasUnprintable } from '../tenancy/names.ts';
import type { NewUser } from './users.ts';

export const USERNAME_CHARS_MIN = 2;
export const USERNAME_CHARS_MAX = 50;
export const PASSWORD_CHARS_MIN = 8;
export const PASSWORD_CHARS_MAX = 1024;
export const EMAIL_CHARS_MAX = 254;
export const PERSON_NAME_CHARS_MAX = 100;

/** One `@`, no blanks, a dot or a single label behind it. Whether it exists only the mail server knows. */
const EMAIL = /^[^\s@"(),:;<>[\\\]]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$/;

type Fields = Record<string, string[]>;

/** Collects every wrong field, in the order of the form. @throws AppError kind `refused`, `USER_INVALID` */
export function checkNewUser(user: Omit<NewUser, 'passwordHash'>, password?: string): void {
  const fields: Fields = {};
  checkText(fields, 'username', user.username, USERNAME_CHARS_MIN, USERNAME_CHARS_MAX);
  if (user.username !== user.username.trim()) add(fields, 'username', 'must not begin or end with a blank');
  if (user.email.length > EMAIL_CHARS_MAX || !EMAIL.test(user.email)) {
    add(fields, 'email', `an e-mail address was expected, got ${JSON.stringify(user.email.slice(0, 60))}`);
  }
  checkText(fields, 'firstname', user.firstname, 1, PERSON_NAME_CHARS_MAX);
  checkText(fields, 'lastname', user.lastname, 1, PERSON_NAME_CHARS_MAX);
  if (password !== undefined) addPasswordFault(fields, 'password', password);
  if (user.usergroup.length === 0) add(fields, 'usergroup', 'at least one user group was expected');
  if (user.timezone !== undefined && !isTimezone(user.timezone)) {
    add(fields, 'timezone', `an IANA time zone was expected, got ${JSON.stringify(user.timezone.slice(0, 60))}`);
  }
  throwFirst(fields);
}

/** Of `changePassword`. @throws AppError kind `refused`, `USER_INVALID` */
export function checkNewPassword(password: string): void {
  const fields: Fields = {};
  addPasswordFault(fields, 'new_password', password);
  throwFirst(fields);
}

function throwFirst(fields: Fields): void {
  const [first] = Object.entries(fields);
  if (first !== undefined) throw refuse('USER_INVALID', `${first[0]}: ${first[1][0]}`, fields);
}

/** The length alone: the text of a password must never be part of a message. */
export function passwordFault(password: string): string | null {
  if (password.length >= PASSWORD_CHARS_MIN && password.length <= PASSWORD_CHARS_MAX) return null;
  return `${PASSWORD_CHARS_MIN} to ${PASSWORD_CHARS_MAX} characters were expected`;
}

function addPasswordFault(fields: Fields, field: string, password: string): void {
  const fault = passwordFault(password);
  if (fault !== null) add(fields, field, fault);
}

export function isTimezone(name: string): boolean {
  if (name.length === 0 || name.length > 64) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

function checkText(fields: Fields, field: string, text: string, min: number, max: number): void {
  if (text.length < min || text.length > max) {
    add(fields, field, `${min} to ${max} characters were expected, got ${text.length}`);
  } else if (hasUnprintable(text)) add(fields, field, 'must not hold control characters');
}

function add(fields: Fields, field: string, message: string): void {
  const known = fields[field];
  if (known === undefined) fields[field] = [message];
  else known.push(message);
}
