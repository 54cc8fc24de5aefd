"""Styles: how a gallery looks. One style a file; `vrgen.registry.styles` knows them by name."""
