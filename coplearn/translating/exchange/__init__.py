"""Exchange: files down, files up, and what becomes of their texts."""
