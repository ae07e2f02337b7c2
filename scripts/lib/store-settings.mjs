// Settings of the stores that we start ourselves.

/** Held by every Postgres of ours. What it has confirmed stays when it is killed, so commits wait for the log. */
export const POSTGRES_SETTINGS = { max_connections: '200', jit: 'off' };

/** Commits wait for nothing: for data that is thrown away with the run, where nobody looks at the time. */
export const UNSAFE_SETTINGS = { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off' };

/** Nothing in Redis is the only copy of a fact; a full Redis must say so rather than forget jobs. */
export const REDIS_SETTINGS = { save: '', appendonly: 'no', 'maxmemory-policy': 'noeviction' };
