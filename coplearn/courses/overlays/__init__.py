"""A country's own version of a course, laid over it: read, merged, held against each new release, and decided on."""
