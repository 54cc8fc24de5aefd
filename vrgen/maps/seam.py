"""Does a map tile? The measure is a value's (vrgen.core.seam), because training takes it too."""

from vrgen.core.seam import seam_score

__all__ = ["seam_score"]
