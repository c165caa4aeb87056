/** Names that say that their value is a secret, and names that only look so. */
import { expect, test } from '@jest/globals';
import { isSecretName } from '../../src/secrets/secret-names.js';

test.each(['password', 'DB_PWD', 'pwd', 'X-Api-Key', 'accessToken', 'Authorization'])(
  '%s is a name of a secret',
  (name) => expect(isSecretName(name)).toBe(true),
);

// A shell gives every program its folder as PWD: masked, every path of a log would be unreadable.
test.each(['PWD', 'OLDPWD', 'maxTokens', 'tokenizer', 'SECRET_FILE'])('%s is none', (name) =>
  expect(isSecretName(name)).toBe(false),
);
