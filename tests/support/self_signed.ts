/** A certificate for localhost that nobody has reason to trust, made for these tests. */

const CERT = `
MIIBkTCCATigAwIBAgIUZGhQezx5NlS+ljzWkOirorytbMowCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNTE3MjUyOVoYDzIxMjYxMTAx
MTcyNTI5WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAATw6H4ZEq9v5nXDIBwGtjYrDuRQTmrvzfOVoKMoi4bYnSRler/MGA2c
gzOnzXaVFkiMR1jwQpbNQwYCllvmyNl8o2YwZDAdBgNVHQ4EFgQUo92gFGNbugie
ZxFr5cbKKo5oUQQwHwYDVR0jBBgwFoAUo92gFGNbugieZxFr5cbKKo5oUQQwFAYD
VR0RBA0wC4IJbG9jYWxob3N0MAwGA1UdEwEB/wQCMAAwCgYIKoZIzj0EAwIDRwAw
RAIgAssfaGZBV//rNMxudPe57LMSt0HkE8Nku0NFDsTTgw4CIBlhPSgFzewb6D9k
Al0LI9DpuKqNqGW997WeEsPbqmZG`;
const KEY = `
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg7rHmIyoEfFqJ0rmy
d3XsGq2MePXXzEslTjGP3sWAvy6hRANCAATw6H4ZEq9v5nXDIBwGtjYrDuRQTmrv
zfOVoKMoi4bYnSRler/MGA2cgzOnzXaVFkiMR1jwQpbNQwYCllvmyNl8`;

/** For `Deno.serve`. */
export const SELF_SIGNED = {
  cert: pem("CERTIFICATE", CERT),
  key: pem("PRIVATE KEY", KEY),
};

function pem(kind: string, body: string): string {
  return `-----BEGIN ${kind}-----${body}\n-----END ${kind}-----\n`;
}
