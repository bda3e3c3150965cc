"""The endpoint for machines, and the page for administrators."""
