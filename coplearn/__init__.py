"""coplearn: child online protection training in many languages."""

__version__ = "0.1.0"
