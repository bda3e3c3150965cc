"""Presenting a module in a hall: its slides, a speaker's page, votes by phone or raised hands, and results of checks on paper."""
