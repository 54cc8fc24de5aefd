"""Optimize: the same scene, smaller and quicker for one target.

`trim`, `join` and `sizes` are steps Scene -> Scene and need nothing but Python; `pack` rewrites a GLB with
KTX2 and meshopt through the `encoders` (assets/optimize), which the user's node runs.
"""
