"""Settings of the site that an administrator may change without the shell; what the environment says stays the operator's."""
