"""Adaptive augmentation of what the critic sees, for small sets (Karras et al. 2020, ADA).

With few pictures a critic learns them by heart and says nothing useful any more. So real and made pictures
are turned, moved and recoloured before it sees them, each change with probability p. As long as p is below
1 the makers cannot hide in the changes: the plain picture stays the likeliest. p follows how sure the
critic is of real pictures: r = mean sign(D(real)) above 0.6 raises it, below lowers it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from vrgen.train.noise import Noise

WANTED = 0.6
"""Mean sign of the critic on real pictures that p is steered to."""
SPAN = 20_000
"""Real pictures over which p goes from 0 to 1 at most: the paper's 500,000, for runs that are far shorter."""
MOST = 0.8
"""Above this, changes begin to leak into what is made (Karras et al. 2020, figure 3)."""
CHANGES = 6
"""Mirror, turn, move, brightness, contrast, saturation."""
DRAWS = 2 * CHANGES + 1
"""Random numbers a picture: for each change whether and how; a move needs two."""
LUMA = (0.299, 0.587, 0.114)


class Augment(nn.Module):
    """Changes (N, C, H, W) pictures in [0, 1], differentiably; p and its evidence are buffers, so a run that
    is resumed keeps them.

    `colour` are the three channels that are recoloured; `normal` the channels of x and y of a normal map,
    centred on 0.5 with y up, which mirror and turn with the picture; `turns` allows quarter turns and moves
    along y.
    """

    p: Tensor
    signs: Tensor
    heard: Tensor

    def __init__(
        self, *, colour: Sequence[int] = (0, 1, 2), normal: tuple[int, int] | None = None, turns: bool = True
    ) -> None:
        super().__init__()
        self.colour, self.normal, self.turns = list(colour), normal, turns
        for name in ("p", "signs", "heard"):
            self.register_buffer(name, torch.zeros(()))

    def draw(self, noise: Noise, count: int) -> Tensor:
        """(count, DRAWS) numbers in [0, 1) for `forward`."""
        return noise.uniform((count, DRAWS))

    def forward(self, x: Tensor, draws: Tensor) -> Tensor:
        """The pictures, changed as `draws` (N, DRAWS) say."""
        p = float(self.p)
        if p <= 0:
            return x
        whether, how = (draws[:, :CHANGES] < p).tolist(), draws[:, CHANGES:].tolist()
        return torch.stack([self._one(*one) for one in zip(x, whether, how, strict=True)])

    def _one(self, x: Tensor, whether: list[bool], how: list[float]) -> Tensor:
        if whether[0] and how[0] < 0.5:
            x = self._bent(x.flip(2), lambda u, v: (1 - u, v))
        if whether[1] and self.turns and x.shape[1] == x.shape[2]:
            for _ in range(int(4 * how[1])):  # a quarter turn to the left takes (x, y) to (-y, x)
                x = self._bent(x.rot90(1, (1, 2)), lambda u, v: (1 - v, u))
        if whether[2]:
            down = int(how[2] * x.shape[1]) if self.turns else 0
            x = x.roll((down, int(how[6] * x.shape[2])), (1, 2))
        return self._recoloured(x, whether, how)

    def _bent(self, x: Tensor, change: Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]) -> Tensor:
        if self.normal is None:
            return x
        planes = list(x)
        u, v = self.normal
        planes[u], planes[v] = change(planes[u], planes[v])
        return torch.stack(planes)

    def _recoloured(self, x: Tensor, whether: list[bool], how: list[float]) -> Tensor:
        """Brightness, contrast about the middle grey, saturation about the luma."""
        if not any(whether[3:]):
            return x
        first, last = self.colour[0], self.colour[-1] + 1
        colour = x[first:last]
        if whether[3]:
            colour = colour + 0.4 * (how[3] - 0.5)
        if whether[4]:
            colour = (colour - 0.5) * 2 ** (how[4] - 0.5) + 0.5
        if whether[5]:
            grey = torch.einsum("chw,c->hw", colour, colour.new_tensor(LUMA))
            colour = grey + (colour - grey) * 2 * how[5]
        return torch.cat([x[:first], colour, x[last:]])

    @torch.no_grad()
    def hear(self, logits_real: Tensor) -> None:
        """Remember how sure the critic is of real pictures: logits (N, ...)."""
        self.signs += logits_real.sign().mean() * len(logits_real)
        self.heard += len(logits_real)

    @torch.no_grad()
    def adapt(self, share: Callable[[Tensor], Tensor], *, processes: int) -> None:
        """Move p by what was heard since the last time; `share` takes the mean over all processes."""
        signs, heard = share(self.signs), share(self.heard)
        if heard > 0:
            step = torch.sign(signs / heard - WANTED) * heard * processes / SPAN
            self.p.copy_((self.p + step).clamp(0.0, MOST))
        self.signs.zero_()
        self.heard.zero_()
