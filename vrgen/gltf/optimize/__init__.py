"""Optimize: the same scene, smaller and quicker for one target.

`trim`, `join`, `sizes`, `atlas` and `across` are steps Scene -> Scene and need nothing but Python; `lods` is
one that the user's node runs a part of; `pack` rewrites a GLB with KTX2 or WebP, meshopt or Draco, and
instances. Programs of others lie in assets/optimize.
"""
