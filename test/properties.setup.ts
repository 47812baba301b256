/** An array that may have 200 elements has as many in some cases; fast-check's own default is ten at most. */
import fc from 'fast-check';

fc.configureGlobal({ ...fc.readConfigureGlobal(), defaultSizeToMaxWhenMaxSpecified: true });
