"""Certificate: how well what claims to tile does so, map by map."""

from __future__ import annotations

from collections.abc import Mapping

from vrgen.core.material import Material
from vrgen.core.seam import seam_score
from vrgen.core.sky import Sky


def seams_of(material: Material) -> Mapping[str, float]:
    """The worse seam score of both axes for every map; at most 1 for what tiles (DESIGN's definition)."""
    return {
        name: round(max(seam_score(image.pixels, axis) for axis in ("u", "v")), 3)
        for name, image in material.maps().items()
    }


def seam_of_sky(sky: Sky) -> float:
    """The seam score of a sky's azimuth, of compressed radiance as eyes take it (log(1 + L / mean))."""
    import numpy as np

    compressed = np.log1p(sky.radiance / max(float(sky.radiance.mean()), 1e-6))
    return round(seam_score(compressed, "u"), 3)
