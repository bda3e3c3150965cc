"""Questions of other platforms as checks of ours, and ours as theirs."""
