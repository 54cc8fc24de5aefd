"""Sky: generate one HDR sky with its sun."""

from __future__ import annotations

from vrgen.core.progress import Progress
from vrgen.core.sky import Sky
from vrgen.synth import SkyOptions
from vrgen.synth import sky as generate
from vrgen.verbs.verb import verb


@verb(SkyOptions)
def sky(options: SkyOptions, progress: Progress) -> Sky:
    """A linear HDR sky; the same options give the same sky."""
    with progress.stage(f"generating sky {options.seed}", 1):
        return generate(options)
