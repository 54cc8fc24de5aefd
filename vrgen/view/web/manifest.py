"""Manifest: show.json, all that the page knows about a scene before it has loaded it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from vrgen.core.exhibits import Exhibit
from vrgen.core.image import Image
from vrgen.view.viewpoint import YFOV
from vrgen.view.web.pictures import PHOTO, own_images
from vrgen.view.web.show import Show
from vrgen.view.web.surroundings import Surroundings

VERSION = 1
"""Of the format; the page refuses another."""
ASPECT = 16 / 9
"""Width / height of the window that the first view is chosen for."""
DIGITS = 6
"""Of numbers: micrometres."""


def manifest(show: Show, around: Surroundings, *, live: bool, revision: int, singles: bool) -> dict[str, Any]:
    """The plain JSON value of show.json.

    `live` says that a server tells of changes, `revision` counts them; `singles` offers each work as a file
    of its own. Places are metres in glTF's frame, `yfov` radians; images lie where `Site` puts them.
    """
    from vrgen import __version__

    document, ours = show.document, show.scene.extras.get("vrgen", {})
    images = own_images(show.scene, show.exhibits)
    return {
        "version": VERSION,
        "revision": revision,
        "title": show.scene.name,
        "generator": f"vrgen {__version__}",
        "glb": {
            "url": "show.glb",
            "bytes": len(show.glb),
            "draw_calls": document.draw_calls,
            "triangles": document.triangles,
        },
        "exposure": around.exposure,
        "tone_mapping": "neutral",
        "lit": around.lit,
        "environment": _light("environment.hdr", around.environment, around.factor),
        "background": _light("background.hdr", around.background, around.factor),
        "sun": _sun(around),
        "needs": {
            "ktx2": document.needs.ktx2,
            "draco": document.needs.draco,
            "meshopt": document.needs.meshopt,
        },
        "start": _start(show),
        "floor": _floor(ours),
        "route": _points(ours.get("route")),
        "live": live,
        "works": [
            _work(exhibit, number, image=images.get(exhibit.node), single=singles and not show.boxes)
            for number, exhibit in enumerate(show.exhibits, 1)
        ],
        "catalogue": "catalogue.html",
    }


def _light(url: str, radiance: Any, factor: float) -> dict[str, Any] | None:
    return None if radiance is None else {"url": url, "factor": factor}


def _sun(around: Surroundings) -> dict[str, Any] | None:
    if around.sun is None:
        return None
    direction, colour, lux = around.sun
    return {"direction": _numbers(direction), "colour": _numbers(colour), "lux": float(lux)}


def _start(show: Show) -> dict[str, Any]:
    from vrgen.view.viewpoint import first_eye

    eye = first_eye(show.scene, aspect=ASPECT)
    return {
        "position": _numbers(eye.position),
        "direction": _numbers(-eye.view[2, :3]),
        "yfov": round(2 * math.atan(1 / float(eye.projection[1, 1])), DIGITS),
    }


def _floor(ours: Mapping[str, Any]) -> list[list[list[float]]]:
    """Polygons of the floor; those that are none are left out, since files are written by anybody."""
    given = ours.get("walkable")
    polygons = [_points(polygon) for polygon in given] if isinstance(given, list | tuple) else []
    return [polygon for polygon in polygons if len(polygon) >= 3]


def _points(given: Any) -> list[list[float]]:
    try:
        points = np.asarray(given if given is not None else [], np.float64)
    except (TypeError, ValueError):
        return []
    if points.ndim != 2 or points.shape[1] != 2 or not np.isfinite(points).all():
        return []
    return [_numbers(point) for point in points]


def _work(exhibit: Exhibit, number: int, *, image: Image | None, single: bool) -> dict[str, Any]:
    width, height = PHOTO if image is None else (image.width, image.height)
    centre = exhibit.centre
    low, high = (centre if corner is None else corner for corner in (exhibit.low, exhibit.high))
    return {
        "node": exhibit.node,
        "title": exhibit.title,
        "artist": exhibit.artist,
        "year": exhibit.year,
        "text": exhibit.text,
        "alt": exhibit.alt,
        "size_cm": [round(side, 2) for side in exhibit.size_cm],
        "centre": _numbers(centre),
        "low": _numbers(low),
        "high": _numbers(high),
        "stop": _stop(exhibit),
        "thumbnail": f"thumbnails/{number:03d}.jpg",
        "picture": f"pictures/{number:03d}.jpg",
        "aspect": round(width / height, DIGITS),
        "image": f"works/{number:03d}.glb" if single and exhibit.low is not None else None,
    }


def _stop(exhibit: Exhibit) -> dict[str, Any]:
    """Where one stands to look at it: its camera, or in front of it on its +Z side at eye height."""
    if exhibit.viewpoint is not None:
        return {
            "position": _numbers(exhibit.viewpoint[:3, 3]),
            "direction": _numbers(-exhibit.viewpoint[:3, 2]),
        }
    centre = exhibit.centre
    size = 1.0
    if exhibit.low is not None and exhibit.high is not None:
        size = max(float(np.linalg.norm(exhibit.high - exhibit.low)), 0.1)
    position = centre + np.array([0.0, 0.0, size * 0.75 / math.tan(YFOV)])
    return {"position": _numbers(position), "direction": [0.0, 0.0, -1.0]}


def _numbers(values: Iterable[float]) -> list[float]:
    return [round(float(value), DIGITS) + 0.0 for value in values]
