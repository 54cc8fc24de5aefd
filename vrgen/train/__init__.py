"""Training: loop, losses, data, run folder, and one file a family."""

from vrgen.train.gan import gan
from vrgen.train.options import TrainOptions
from vrgen.train.vae import vae

__all__ = ["TrainOptions", "gan", "vae"]
