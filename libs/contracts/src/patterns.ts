/** An instant in UTC as all payloads write it: ISO 8601 with `Z`, seconds and at most nine digits behind them. */
export const UTC_INSTANT =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?Z$/;

/** SHA-256, hexadecimal. */
export const SHA256_HEX = /^[0-9a-f]{64}$/;
