"""Check: what a scene or a file lacks for a headset. One check a file: Subject -> findings."""

from vrgen.gltf.check.catalogue import page
from vrgen.gltf.check.codes import CODES, Code
from vrgen.gltf.check.finding import Finding, Severity
from vrgen.gltf.check.run import CHECKS, check

__all__ = ["CHECKS", "CODES", "Code", "Finding", "Severity", "check", "page"]
