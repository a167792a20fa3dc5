"""pixelstudy: what a message would load when opened, resource by resource, and why."""

__version__ = "0.1.0"
