import { checkOptions } from '@tenantry/core';
import { options } from './options.mjs';

checkOptions(options); // throws TENANTRY_OPTIONS_INVALID, with path and value; starts nothing
console.log('the options are valid');
