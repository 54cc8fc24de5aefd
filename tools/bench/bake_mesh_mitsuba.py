"""Mitsuba's side of bake_mesh.py: run by a Python that has mitsuba, told by job.npz in the folder given.

Measures the irradiance on small squares of the scene (irradiance meters) by its path tracer; writes lux.npy.
"""

# make bench leaves this out: it runs in an environment with mitsuba.
from __future__ import annotations

import sys
from pathlib import Path

import mitsuba as mi
import numpy as np

mi.set_variant("scalar_rgb")
SIDE = 16
"""Pixels along a meter's film, all of which see the whole square: work for all cores."""


def mesh(name: str, corners: np.ndarray, rest: dict) -> mi.Mesh:
    """Triangles (t, 3, 3) as a shape with its own corners."""
    count = len(corners)
    props = mi.Properties()
    for key, value in rest.items():
        props[key] = mi.load_dict(value)
    made = mi.Mesh(name, 3 * count, count, props=props)
    params = mi.traverse(made)
    params["vertex_positions"] = corners.reshape(-1).astype(np.float32)
    params["faces"] = np.arange(3 * count, dtype=np.uint32)
    params.update()
    return made


def grey(albedo: float) -> dict:
    """A matt surface, both sides."""
    matt = {"type": "diffuse", "reflectance": {"type": "rgb", "value": [albedo] * 3}}
    return {"type": "twosided", "bsdf": matt}


def main() -> None:
    """Trace and write."""
    folder = Path(sys.argv[1])
    job = np.load(folder / "job.npz")
    radiance = [float(job["panel"])] * 3
    glow = {"type": "area", "radiance": {"type": "rgb", "value": radiance}}
    scene = {
        "type": "scene",
        "integrator": {"type": "path", "max_depth": int(job["bounces"]) + 1, "rr_depth": 1000},
        "matt": mesh("matt", job["matt"], {"bsdf": grey(float(job["albedo"]))}),
        "glow": mesh("glow", job["glowing"], {"bsdf": grey(0.0), "emitter": glow}),
    }
    squares = zip(job["places"], job["normals"], job["half"], strict=True)
    for number, (place, normal, half) in enumerate(squares):
        up = [0, 1, 0] if abs(normal[1]) < 0.9 else [1, 0, 0]
        frame = mi.ScalarTransform4f().look_at(
            origin=place.tolist(), target=(place + normal).tolist(), up=up
        ) @ mi.ScalarTransform4f().scale(float(half))
        film = {"type": "hdrfilm", "width": SIDE, "height": SIDE, "rfilter": {"type": "box"}}
        meter = {
            "type": "irradiancemeter",
            "film": film,
            "sampler": {"type": "independent", "seed": number},
        }
        scene[f"meter_{number:04d}"] = {
            "type": "rectangle",
            "to_world": frame,
            "bsdf": grey(float(job["albedo"])),
            "sensor": meter,
        }
    loaded = mi.load_dict(scene)
    each = int(job["samples"]) // SIDE**2
    lux = np.zeros((len(job["places"]), 3))
    for number, sensor in enumerate(loaded.sensors()):  # in an order of its own: told apart by their place
        place = np.array(sensor.get_shape().bbox().center()).reshape(3)
        mine = int(np.linalg.norm(job["places"] - place, axis=1).argmin())
        picture = np.array(mi.render(loaded, sensor=sensor, spp=each, seed=number))
        lux[mine] = picture[..., :3].reshape(-1, 3).mean(axis=0)
    np.save(folder / "lux.npy", lux)


if __name__ == "__main__":
    main()
