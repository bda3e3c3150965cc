"""Second factors: a code from an app, codes to keep, and who has to have one."""
