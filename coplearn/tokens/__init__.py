"""Keys of programs: what somebody's program may do here, within the rights of that person and no longer than they have them."""
