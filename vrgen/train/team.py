"""Team: the processes that train one model together, started by torchrun; alone, a team of one."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any

import torch
from torch import Tensor, distributed, nn

from vrgen.models.device import pick_device


class Team:
    """Joins on entry, leaves on exit. torchrun tells each process who it is by RANK, LOCAL_RANK and
    WORLD_SIZE; NCCL carries between GPUs, Gloo between CPUs."""

    def __init__(self, device: str) -> None:
        self.rank, self.size = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
        kind = pick_device(device)
        index = f":{os.environ.get('LOCAL_RANK', 0)}" if kind == "cuda" and self.size > 1 else ""
        self.device = torch.device(kind + index)

    def __enter__(self) -> Team:
        """Meet the others."""
        if self.size > 1:
            if self.device.type == "cuda":
                torch.cuda.set_device(self.device)
            distributed.init_process_group("nccl" if self.device.type == "cuda" else "gloo")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave."""
        if self.size > 1:
            distributed.destroy_process_group()

    @property
    def leads(self) -> bool:
        """The one that measures and writes."""
        return self.rank == 0

    def wait(self) -> None:
        """Until all are here."""
        if self.size > 1:
            distributed.barrier()

    def share(self, tensor: Tensor) -> Tensor:
        """The mean over the team, in place."""
        if self.size > 1:
            distributed.all_reduce(tensor)
            tensor /= self.size
        return tensor

    def share_gradients(self, parameters: Iterable[nn.Parameter]) -> None:
        """Every gradient becomes the mean over the team, in one message."""
        if self.size == 1:
            return
        gradients = [p.grad for p in parameters if p.grad is not None]
        together = self.share(torch.cat([g.reshape(-1) for g in gradients]))
        for gradient, part in zip(
            gradients, torch.split(together, [g.numel() for g in gradients]), strict=True
        ):
            gradient.copy_(part.view_as(gradient))

    def share_figures(self, figures: Mapping[str, float]) -> dict[str, float]:
        """The mean of each figure over the team."""
        if self.size == 1:
            return dict(figures)
        values = torch.tensor([figures[name] for name in sorted(figures)], dtype=torch.float64)
        carried = self.share(values.to(self.device) if self.device.type == "cuda" else values)
        return dict(zip(sorted(figures), carried.tolist(), strict=True))

    def tell(self, figures: Mapping[str, float]) -> dict[str, float]:
        """What the leading process says, to all."""
        told: list[Any] = [dict(figures)]
        if self.size > 1:
            distributed.broadcast_object_list(told, src=0)
        return dict(told[0])
