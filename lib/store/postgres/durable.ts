/** Makes the commit durable even where the server, the database or the user says off. */
export const DURABLE = `CASE current_setting('synchronous_commit') WHEN 'off'
  THEN set_config('synchronous_commit', 'on', true) END`;
