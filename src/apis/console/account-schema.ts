import { Type } from 'typebox';
import { ROLES } from '../../accounts/actor.ts';
import { StringEnum } from '../http/envelope.ts';

const NullableText = (description: string) => Type.Union([Type.String(), Type.Null()], { description });

export const PoolIds = Type.Array(Type.String(), {
  description: 'Pool UUIDs; engineer and readonly need one or more.',
});

/** A console account as `accountRow` writes it. */
export const AccountSchema = Type.Object(
  {
    id: Type.String(),
    username: Type.String(),
    name: Type.String(),
    role: StringEnum(ROLES),
    pools: Type.Union([PoolIds, Type.Null()], { description: 'null = every pool.' }),
    totp: Type.Boolean({ description: 'A one-time code is asked for beside the password.' }),
    active: Type.Boolean(),
    locked: Type.Boolean({ description: 'Too many logins failed in a row.' }),
    locked_until: NullableText('ISO 8601.'),
    last_login_at: NullableText('ISO 8601.'),
    oidc: NullableText('The identity provider that the account signs in through.'),
  },
  { title: 'Account' },
);
