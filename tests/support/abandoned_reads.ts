/**
 * True if Deno ends the read of a body whose sender has left. From 2.9.1 to 2.9.5 it never
 * does: each such body keeps its part of the budget, so that later ones are read as streams.
 */
export const ENDS_ABANDONED_READS = !/^2\.9\.[0-5]$/.test(Deno.version.deno);
