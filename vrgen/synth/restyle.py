"""restyle: a picture, a material or an HDR sky in the style of a cyclegan.

Pictures and base colours go through the network as sRGB; a material wraps around in x and y, so that what
tiled still tiles, and its other maps stay as they are. Skies: synth.restyle_sky. What is small runs at
once, what is larger layer by layer in bands (synth.bands), which gives the same to 1e-4.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

import vrgen
from vrgen.core import Image, Material, Record
from vrgen.core.image import to_bytes
from vrgen.core.progress import SILENT, Progress
from vrgen.core.seam import seam_score
from vrgen.errors import UsageProblem, ValueProblem
from vrgen.models.cyclegan import Conv, Edges, Generator, Up
from vrgen.models.cyclegan_states import load_cyclegan
from vrgen.models.device import pick_device
from vrgen.synth.bands import BandOps, Plane, plane_of
from vrgen.synth.panorama import enlarged
from vrgen.synth.restyle_request import RestyleOptions, check_restyle
from vrgen.synth.seamless import calm_shift, scaled

LARGEST = 8192
"""Pixels along a side."""
AT_ONCE = 1 << 20
"""Pixels up to which the network runs on the whole picture at once."""
AXES: tuple[Literal["u", "v"], ...] = ("u", "v")
STRIP = 256
"""Rows of a finished picture that are read at a time."""


class Restyler:
    """A generator, ready for pictures."""

    def __init__(self, options: RestyleOptions, *, progress: Progress = SILENT) -> None:
        """Load the weights. Raises UsageProblem for a strength out of range, and what load_cyclegan does."""
        check_restyle(options)
        self.options, self.progress = options, progress
        self.device = pick_device(options.device)
        self.direction: Literal["ab", "ba"] = "ba" if options.reverse else "ab"
        self.generator, self.card, self.digest = load_cyclegan(options.model, self.direction)
        dtype = torch.bfloat16 if options.fast else torch.float32
        self.generator.to(device=self.device, dtype=dtype, memory_format=torch.channels_last)  # type: ignore[call-overload]

    def record(self, licences: tuple[str, ...] = ()) -> Record:
        """How the result was made."""
        options = self.options
        return Record(
            step="restyle",
            options={
                "model": self.card["model"],
                "reverse": options.reverse,
                "strength": options.strength,
                "stroke": options.stroke,
            },
            model=self.card["model"],
            model_digest=self.digest,
            versions={"vrgen": vrgen.__version__},
            licences=tuple(sorted({*licences, *self.card.get("licences", ())})),
        )

    def restyled(self, picture: NDArray[np.float32], *, edges: Edges) -> NDArray[np.float32]:
        """(H, W, 3) float32 in [0, 1] to the same, blended by the strength."""
        height, width, channels = picture.shape
        if max(height, width) > LARGEST or channels != 3:
            raise ValueProblem(
                f"restyle: got {width}x{height} pixels with {channels} channels, expected at most {LARGEST} "
                "along a side and 3 channels; make it smaller"
            )
        if (3, 3) != self.generator.shape.channels:
            raise ValueProblem(
                f"{self.options.model} works on {self.generator.shape.channels} channels, not on colour"
            )
        if self.options.stroke > 1.0:
            change = self._changed_from_afar(picture, edges)
            return np.asarray(
                (picture + np.float32(self.options.strength) * change).clip(0.0, 1.0), np.float32
            )
        made = self._made(picture, edges)
        return np.asarray(picture + np.float32(self.options.strength) * (made - picture), np.float32)

    def _changed_from_afar(self, picture: NDArray[np.float32], edges: Edges) -> NDArray[np.float32]:
        """What the network changes of the picture made smaller, (H, W, 3) in [-1, 1]."""
        multiple = self.generator.multiple
        rows, columns = (
            max(1, round(length / self.options.stroke / multiple)) * multiple for length in picture.shape[:2]
        )
        seen = resized(picture, (rows, columns), edges)
        change = 0.5 + 0.5 * (self._made(seen, edges) - seen)
        height, width = picture.shape[:2]
        return resized(change, (height, width), edges) * 2.0 - 1.0

    def _made(self, picture: NDArray[np.float32], edges: Edges) -> NDArray[np.float32]:
        """What the network makes of it, clipped to [0, 1]."""
        height, width = picture.shape[:2]
        multiple = self.generator.multiple
        if edges != "plain" and (height % multiple or width % multiple):
            raise ValueProblem(
                f"restyle: got {width}x{height} pixels; what goes on beyond its edges needs a width and a "
                f"height that divide by {multiple} for {self.options.model}; resize it"
            )
        spare = ((0, -height % multiple), (0, -width % multiple), (0, 0))
        padded = np.pad(picture, spare, mode="symmetric") if any(map(any, spare)) else picture
        made = self._run(padded, edges)[:height, :width] * 0.5 + 0.5
        return np.asarray(made.clip(0.0, 1.0), np.float32)

    @torch.inference_mode()
    def _run(self, picture: NDArray[np.float32], edges: Edges) -> NDArray[np.float32]:
        tensor = torch.from_numpy(np.ascontiguousarray(picture.transpose(2, 0, 1)[None])) * 2.0 - 1.0
        height, width = picture.shape[:2]
        at_once = height * width <= AT_ONCE
        layers = sum(isinstance(layer, Conv | Up) for layer in self.generator.modules())
        with self.progress.stage(f"restyling {width}x{height}", 1 if at_once else layers) as advance:
            if at_once:
                made = run_whole(self.generator, tensor.to(self.device), edges)
                advance(1)
                return made[0].permute(1, 2, 0).cpu().numpy()
            plane = self.generator.walk(plane_of(tensor), BandOps(edges, self.device, advance))
            return written(plane)


def resized(picture: NDArray[np.float32], size: tuple[int, int], edges: Edges) -> NDArray[np.float32]:
    """(H, W, 3) in [0, 1] at another size (height, width); what goes on beyond its edges still does."""
    if edges == "tile":
        return scaled(picture, size)
    if edges == "sky":
        return enlarged(picture, size[1]).clip(0.0, 1.0)
    how = cv2.INTER_AREA if size[0] < len(picture) else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, size[::-1], interpolation=how).clip(0.0, 1.0), np.float32)


def run_whole(generator: Generator, picture: torch.Tensor, edges: Edges) -> torch.Tensor:
    """(1, 3, H, W) in [-1, 1] to the same, at once; H and W divide by generator.multiple."""
    generator.edges = edges
    made: torch.Tensor = generator(picture.contiguous(memory_format=torch.channels_last))
    return made


def written(plane: Plane) -> NDArray[np.float32]:
    """(H, W, C) of a plane."""
    whole = np.empty((plane.height, plane.width, plane.channels), np.float32)
    for top in range(0, plane.height, STRIP):
        rows = torch.arange(top, min(top + STRIP, plane.height))
        whole[top : top + len(rows)] = plane.read(rows)[0].permute(1, 2, 0).float().cpu().numpy()
    return whole


def restyle_image(image: Image, options: RestyleOptions, *, progress: Progress = SILENT) -> Image:
    """A picture (1 to 4 channels; grey becomes colour, alpha stays) in another style, 8 bits sRGB."""
    restyler = Restyler(options, progress=progress)
    _expects(restyler, "srgb", "a picture")
    pixels = image.to_float()
    colour = pixels[..., :3] if image.channels >= 3 else pixels[..., :1].repeat(3, axis=2)
    made = to_bytes(restyler.restyled(np.ascontiguousarray(colour), edges="plain"))
    if image.channels in (2, 4):
        made = np.concatenate([made, to_bytes(pixels[..., -1:])], axis=2)
    return Image(made)


def restyle_material(material: Material, options: RestyleOptions, *, progress: Progress = SILENT) -> Material:
    """The material with its base colour in another style; it tiles as before, the other maps are its own.

    Where a stroke comes to lie along its border, all maps are moved together until the border is calm again.
    """
    restyler = Restyler(options, progress=progress)
    _expects(restyler, "srgb", "a material")
    made = to_bytes(restyler.restyled(material.base_colour.to_float(), edges="tile"))
    licences = material.record.licences if material.record else ()
    restyled = replace(material, base_colour=Image(made), record=restyler.record(licences))
    pixels = restyled.base_colour.to_float()
    return _calmed(restyled) if max(seam_score(pixels, axis) for axis in AXES) > 1.0 else restyled


def _calmed(material: Material) -> Material:
    """All maps of one size rolled alike, their calmest lines at the border; others leave all where it is."""
    maps = material.maps()
    if len({image.pixels.shape[:2] for image in maps.values()}) > 1:
        return material
    shift = calm_shift(np.concatenate([image.to_float() for image in maps.values()], axis=-1))
    moved: dict[str, Any] = {
        name: replace(image, pixels=np.roll(image.pixels, shift, axis=(0, 1))) for name, image in maps.items()
    }
    return replace(material, **moved)


def _expects(restyler: Restyler, scale: str, what: str) -> None:
    if restyler.card.get("scale", "srgb") != scale:
        raise UsageProblem(
            f"{restyler.options.model} has learned from HDR skies, got {what}; take another model"
        )
