"""Make the sample art in assets/samples: our own works, free to hang anywhere. Same output on every run.

    python tools/data/make_samples.py [NAME ...]

Each function below is one work; gallery.toml beside the files is written by hand.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy.ndimage import gaussian_filter, map_coordinates, zoom

SAMPLES = Path(__file__).resolve().parents[2] / "assets" / "samples"
Field = NDArray[np.float64]


def noise(shape: tuple[int, int], cells: float, seed: int, octaves: int = 4) -> Field:
    """Smooth noise in about [0, 1]: cubic interpolation of random grids, `cells` across the long side."""
    rng = np.random.default_rng(seed)
    total, weight = np.zeros(shape), 0.0
    for octave in range(octaves):
        size = cells * 2**octave / max(shape)
        grid = rng.random((int(shape[0] * size) + 4, int(shape[1] * size) + 4))
        y, x = np.mgrid[0 : shape[0], 0 : shape[1]] * size + 1
        total += map_coordinates(grid, [y, x], order=3) * 0.5**octave
        weight += 0.5**octave
    return total / weight


def rgb(*colours: str) -> Field:
    """Hex colours as (n, 3) floats in [0, 255]."""
    return np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in colours], np.float64)


def along(colours: Field, position: Field) -> Field:
    """Colours blended along positions in [0, 1]."""
    steps = np.linspace(0, 1, len(colours))
    return np.stack([np.interp(position, steps, channel) for channel in colours.T], axis=-1)


def save(picture: Field, name: str, *, seed: int, grain: float, quality: int = 88) -> None:
    """A JPEG with a little grain, which keeps soft gradients from banding."""
    dithered = picture + np.random.default_rng(seed).normal(0, grain, picture.shape[:2])[..., None]
    pixels = np.clip(dithered + 0.5, 0, 255).astype(np.uint8)
    Image.fromarray(pixels).save(SAMPLES / name, quality=quality, subsampling=0)


def counterpoint() -> None:
    """Geometry in the spirit of the 1920s: one heavy disc, one diagonal, many small voices."""
    ground, ink, red, blue, ochre, rose = "#ebe2cf", "#1b1a1d", "#c23b22", "#1f3a68", "#d99a2b", "#dfa08c"
    parts = [f'<rect width="1000" height="1300" fill="{ground}"/>']
    # The disc, and a tall plane that changes colour where the two overlap.
    plane = "M560 120 L800 60 L900 900 L660 960 Z"
    parts += [
        '<defs><clipPath id="disc"><circle cx="430" cy="500" r="290"/></clipPath>',
        f'<clipPath id="plane"><path d="{plane}"/></clipPath></defs>',
        f'<path d="{plane}" fill="{rose}"/>',
        f'<circle cx="430" cy="500" r="290" fill="{red}"/>',
        f'<g clip-path="url(#disc)"><path d="{plane}" fill="{blue}"/></g>',
        # A wedge of the disc turned to ochre, and a ring that walks in from the left.
        f'<path d="M430 500 L183.8 346.2 A290 290 0 0 1 430 210 Z" fill="{ochre}"/>',
        f'<circle cx="205" cy="640" r="128" fill="none" stroke="{ink}" stroke-width="5"/>',
        f'<circle cx="205" cy="640" r="92" fill="none" stroke="{ink}" stroke-width="2.5"/>',
        f'<circle cx="205" cy="640" r="60" fill="{ground}"/>',
        f'<circle cx="735" cy="255" r="70" fill="{ground}"/>',
        f'<path d="M735 185 A70 70 0 0 1 735 325 Z" fill="{ink}"/>',
    ]
    # The beam: a black diagonal with a thin companion, and beats of growing distance above it.
    beam = ['<g transform="translate(60 1010) rotate(-28)">']
    beam += [f'<rect x="0" y="0" width="1010" height="46" fill="{ink}"/>']
    beam += [f'<rect x="90" y="66" width="780" height="6" fill="{ink}"/>']
    at, step = 130.0, 22.0
    for index in range(11):
        height = 150 - 11 * index
        colour = (ink, ochre, ink, blue)[index % 4]
        beam.append(
            f'<rect x="{at:.1f}" y="{-18 - height}" width="{10 + index}" height="{height}" fill="{colour}"/>'
        )
        at, step = at + step, step * 1.16
    parts += [*beam, "</g>"]
    # Ground notes: a fan of lines from one point, a disc in two quarters and a half, three dots.
    fan = [
        f'<line x1="800" y1="1100" x2="{800 - reach * np.cos(a):.1f}" y2="{1100 + reach * np.sin(a):.1f}"/>'
        for a, reach in zip(np.radians(np.linspace(0, 15, 6)), np.linspace(610, 480, 6), strict=True)
    ]
    parts += [f'<g stroke="{ink}" stroke-width="3">', *fan, "</g>"]
    parts += [
        f'<path d="M680 1100 A120 120 0 0 1 920 1100 Z" fill="{ochre}"/>',
        f'<path d="M800 1100 L920 1100 A120 120 0 0 1 800 1220 Z" fill="{blue}"/>',
        f'<path d="M800 1100 L800 1160 A60 60 0 0 1 740 1100 Z" fill="{red}"/>',
        f'<circle cx="120" cy="150" r="46" fill="{blue}"/>',
        f'<circle cx="226" cy="132" r="22" fill="{ochre}"/>',
        f'<circle cx="288" cy="124" r="9" fill="{ink}"/>',
    ]
    body = "\n".join(parts)
    head = '<svg xmlns="http://www.w3.org/2000/svg" width="1000" height="1300" viewBox="0 0 1000 1300">'
    (SAMPLES / "counterpoint.svg").write_text(
        f"{head}\n<title>Counterpoint</title>\n{body}\n</svg>\n", "utf-8"
    )


def undertow() -> None:
    """Brush strokes carried by a field that is bent by itself twice."""
    width, height, scale = 1400, 1050, 2
    shape = (height // 5, width // 5)
    rng = np.random.default_rng(11)
    warp = noise(shape, 2.2, 1, 3), noise(shape, 2.2, 2, 3)
    y, x = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float64)
    bent = map_coordinates(
        noise(shape, 1.7, 3, 3), [y + 90 * (warp[0] - 0.5), x + 90 * (warp[1] - 0.5)], order=1, mode="reflect"
    )
    angle = gaussian_filter(bent, 1.5) * 4.6 * np.pi - 1.1
    palette = rgb("#0b1f33", "#12455a", "#1f7a7a", "#8fb9a4", "#f2e6cf", "#e9a26c", "#c9503c", "#5a1e3c")
    canvas = Image.new("RGB", (width * scale, height * scale), "#0d2133")
    draw = ImageDraw.Draw(canvas)
    starts = rng.random((7600, 2)) * (width + 360, height + 360) - 180
    thickness = rng.gamma(2.0, 2.1, len(starts)) + 1
    order = np.argsort(-thickness)
    for rank, index in enumerate(order):
        point = starts[index].copy()
        path = []
        for _ in range(int(rng.integers(18, 62))):
            path.append((point[0] * scale, point[1] * scale))
            row = int(np.clip(point[1] / 5, 0, shape[0] - 1))
            column = int(np.clip(point[0] / 5, 0, shape[1] - 1))
            heading = angle[row, column]
            point += (6 * np.cos(heading), 6 * np.sin(heading))
        row = int(np.clip(starts[index][1] / 5, 0, shape[0] - 1))
        column = int(np.clip(starts[index][0] / 5, 0, shape[1] - 1))
        # Colour follows the current, with a few strokes out of place.
        place = (angle[row, column] / (3.2 * np.pi)) % 1 + rng.normal(0, 0.05) + (rng.random() < 0.04) * 0.4
        colour = along(palette, np.array(place % 1.0)) * rng.uniform(0.9, 1.06)
        line = max(1, int(thickness[index] * scale * (1.1 - 0.5 * rank / len(order))))
        ink = tuple(int(v) for v in np.clip(colour, 0, 255))
        draw.line(path, fill=ink, width=line, joint="curve")
        for end in (path[0], path[-1]):
            draw.ellipse(
                [end[0] - line / 2, end[1] - line / 2, end[0] + line / 2, end[1] + line / 2], fill=ink
            )
    picture = np.asarray(canvas.resize((width, height), Image.Resampling.LANCZOS), np.float64)
    save(picture, "undertow.jpg", seed=12, grain=1.0, quality=82)


BAYER = np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]]) / 16


def harbour() -> None:
    """A pixel landscape: sixteen colours, ordered dither, evening."""
    width, height, horizon, sun = 176, 132, 84, (118, 70)
    sky = ["#1d1b3a", "#2f2a5b", "#5b3a78", "#96467f", "#d1606f", "#f08a5d", "#f9b45c", "#fde39a"]
    rest = ["#14122b", "#221f47", "#3a2f63", "#6a3f74", "#0d0b1e", "#fff4cf", "#b8405e", "#2b6073"]
    colours = np.vstack([rgb(*sky), rgb(*rest)]).astype(np.uint8)
    rng = np.random.default_rng(4)
    threshold = np.tile(BAYER, (height // 4 + 1, width // 4 + 1))[:height, :width]
    y, x = np.mgrid[0:height, 0:width]

    def dithered(level: Field) -> NDArray[np.int64]:
        return np.floor(np.clip(level, 0, 6.99) + threshold).astype(np.int64).clip(0, 7)

    glow = 2.2 * np.exp(-(np.hypot((x - sun[0]) / 46, (y - sun[1]) / 26) ** 2))
    art = dithered(6.0 * (y / horizon) ** 1.35 + glow - 0.3)
    # Clouds: flat-bottomed streaks lit from below.
    cloud = noise((height * 7, width), 9 * 7, 8)[::7] - 0.53 - 0.002 * np.abs(y - 34)
    art = np.where((cloud > 0.035) & (y < horizon - 8), np.clip(art + 1, 0, 6), art)
    disc = np.hypot(x - sun[0], (y - sun[1]) * 1.0) < 12.5
    art[disc] = 13
    art[disc & (y > sun[1] + 4) & (y % 3 == 0)] = 7
    # Two ridges of islands, the farther one paler.
    for base, rough, seed, colour in ((horizon - 3, 17, 21, 11), (horizon - 1, 11, 22, 10)):
        ridge = (
            base
            - rough * 1.9 * np.clip(noise((8, width), 7 if seed == 21 else 5, seed, 4)[4] - 0.42, 0, 1) * 2
        )
        art[(y > ridge[None, :]) & (y < horizon)] = colour
    # Water: the sky upside down, broken into dashes that widen towards us.
    depth = np.clip((y - horizon) / (height - horizon), 0, 1)
    water = dithered(
        5.2 - 6.2 * depth + 2.2 * np.exp(-(((x - sun[0]) / (7 + 26 * depth)) ** 2)) * (1 - 0.55 * depth) - 0.7
    )
    art = np.where(y >= horizon, water, art)
    for row in range(horizon, height):
        for _ in range(3 + (row - horizon) // 7):
            start, length = int(rng.integers(0, width)), int(rng.integers(3, 5 + (row - horizon) // 3))
            near_sun = abs(start - sun[0]) < 9 + (row - horizon) // 3
            art[row, start : start + length] = (
                13 if near_sun and rng.random() < 0.7 else art[row, start] - 1 if art[row, start] > 1 else 1
            )
    # A boat, a lighthouse on its rock, grass in front.
    hull = [(97, 61, 79), (98, 62, 78), (99, 63, 77)]
    for row, left, right in hull:
        art[row, left:right] = 12
    for row in range(76, 97):
        art[row, 70] = 12
        reach = (row - 76) * 10 // 20
        art[row, 71 : 71 + reach] = 13 if row < 95 else 12
        art[row, 69 - reach // 2 : 69] = 6 if row < 95 else 12
    art[100:104:2, 64:76] = 8
    rock = height - 26 + np.abs(np.arange(width) - 24) * 0.62 + 3 * noise((4, width), 20, 31)[2]
    art[(y > rock[None, :]) & (x < 78)] = 12
    for row in range(62, 108):
        half = 3 + (row - 62) // 18
        art[row, 24 - half : 24 + half] = 14 if (row - 62) // 9 % 2 else 13
        art[row, 24 - half : 24 - half + 1 + half // 2] = 11 if (row - 62) // 9 % 2 == 0 else 10
    art[60:62, 18:30] = 12
    art[54:60, 21:27] = 7
    art[54:60, 21:22], art[54:60, 26:27], art[54:60, 24:25] = 12, 12, 12
    art[51:54, 20:28] = 14
    art[49:51, 22:26] = 14
    for column in range(width):
        blade = int(3 + 6 * noise((4, width), 9, 41)[2, column] + rng.integers(0, 4))
        art[height - blade :, column] = 12
    image = Image.fromarray(art.astype(np.uint8), "P")
    image.putpalette(colours.tobytes())
    image = image.resize((width * 8, height * 8), Image.Resampling.NEAREST)
    image.save(SAMPLES / "harbour.png", optimize=True)


def coral_script() -> None:
    """Gray and Scott's reaction, its rates drifting across the sheet, printed in two inks."""
    size, steps = (400, 320), 6000
    rng = np.random.default_rng(7)
    y, x = np.mgrid[0 : size[0], 0 : size[1]]
    u, v = np.ones(size, np.float32), np.zeros(size, np.float32)
    for _ in range(90):
        cy, cx, r = rng.integers(8, size[0] - 8), rng.integers(8, size[1] - 8), rng.integers(2, 6)
        v[np.hypot(y - cy, x - cx) < r] = 0.6
    drift = (y / size[0]).astype(np.float32)
    feed, kill = 0.0345 - 0.0045 * drift, 0.0640 - 0.0075 * drift
    for _ in range(steps):
        pu, pv = np.pad(u, 1, "reflect"), np.pad(v, 1, "reflect")
        lu, lv = (
            0.2 * (p[:-2, 1:-1] + p[2:, 1:-1] + p[1:-1, :-2] + p[1:-1, 2:])
            + 0.05 * (p[:-2, :-2] + p[:-2, 2:] + p[2:, :-2] + p[2:, 2:])
            - p[1:-1, 1:-1]
            for p in (pu, pv)
        )
        reaction = u * v * v
        u = u + lu - reaction + feed * (1 - u)
        v = v + 0.5 * lv + reaction - (feed + kill) * v
    large = zoom(v.astype(np.float64), 3.75, order=3)
    height, width = large.shape
    first = 1 / (1 + np.exp(-(large - 0.19) * 90))
    second = np.roll(1 / (1 + np.exp(-(gaussian_filter(large, 9) - 0.165) * 60)), (15, -11), (0, 1))
    paper, coral, navy = rgb("#f3ecdd", "#ef6f55", "#1d2b53")
    tooth = noise((height, width), 420, 51, 2)
    edge = np.minimum.reduce([*np.mgrid[0:height, 0:width], *np.mgrid[0:height, 0:width][:, ::-1, ::-1]])
    inside = 1 / (1 + np.exp(-(edge - 95 - 4 * (tooth - 0.5)) / 1.2))
    picture = np.broadcast_to(paper, (height, width, 3)) - 5 * (tooth - 0.5)[..., None]
    for ink, cover, depth in ((coral, second, 0.86), (navy, first, 0.94)):
        amount = (cover * inside * (depth - 0.16 * (tooth > 0.6)))[..., None]
        picture = picture * (1 - amount + amount * ink / 255)
    save(picture, "coral_script.jpg", seed=52, grain=1.5)


def seven_ridges() -> None:
    """Mountains behind mountains, each paler than the one before."""
    width, height = 2400, 800
    y = np.arange(height)[:, None] / height
    x = np.arange(width)
    sky = along(
        rgb("#7f98ad", "#b9c3c6", "#ecdcc6", "#f6cfa8"),
        np.broadcast_to(np.clip(y / 0.62, 0, 1), (height, width)),
    )
    disc = np.hypot((x - 1630)[None, :], (np.arange(height) - 232)[:, None])
    sky += (rgb("#fff6e2")[0] - sky) * (np.clip(62 - disc, 0, 1) * 0.96)[..., None]
    sky += (rgb("#fff0d6")[0] - sky) * (0.45 * np.exp(-((disc / 210) ** 2)))[..., None]
    picture = sky
    tones = along(rgb("#d9c3b4", "#a3a8b3", "#6d8298", "#3b566f", "#152a3c"), np.linspace(0, 1, 7))
    for index in range(7):
        near = index / 6
        profile = noise((8, width), 2.2 + 1.5 * near, 60 + index, 7)[4] - 0.5
        profile = np.sign(profile) * np.abs(profile) ** 0.9
        crest = 0.40 + 0.52 * near**1.15 - (0.62 - 0.2 * near) * profile
        below = np.arange(height)[:, None] - crest[None, :] * height
        cover = np.clip(below + 0.5, 0, 1)
        mist = np.clip(below / (height * (0.30 - 0.08 * near)), 0, 1) ** 0.8
        haze = 0.72 * (1 - 0.75 * near) * mist * (0.75 + 0.5 * noise((height, width), 5, 80 + index, 2))
        tone = tones[index] + (rgb("#f1ddc8")[0] - tones[index]) * np.clip(haze, 0, 0.95)[..., None]
        picture = picture + (tone - picture) * cover[..., None]
    save(picture, "seven_ridges.jpg", seed=90, grain=2.2)


def trefoil() -> None:
    """A glazed ribbon tied into the simplest knot: one surface that turns three times on its way round."""
    from vrgen.core import Mesh, Node, Scene, Surface
    from vrgen.gltf import write

    along_knot, around = 220, 20
    t = np.linspace(0, 2 * np.pi, along_knot, endpoint=False)

    def curve(t: Field) -> Field:
        return np.stack(
            [np.sin(t) + 2 * np.sin(2 * t), np.cos(t) - 2 * np.cos(2 * t), -1.35 * np.sin(3 * t)], axis=-1
        )

    centre = curve(t)
    tangent = curve(t + 1e-4) - curve(t - 1e-4)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    outward = centre - tangent * np.sum(centre * tangent, axis=1, keepdims=True)
    outward /= np.linalg.norm(outward, axis=1, keepdims=True)
    side = np.cross(tangent, outward)
    turn = 1.5 * t  # half turns: the section's two halves are alike, so it closes after an odd number
    a = np.cos(turn)[:, None] * outward + np.sin(turn)[:, None] * side
    b = np.cross(tangent, a)
    angle = np.linspace(0, 2 * np.pi, around, endpoint=False)
    # A superellipse: broad, thin, with soft edges.
    across = np.sign(np.cos(angle)) * np.abs(np.cos(angle)) ** 0.8 * 0.74
    through = np.sign(np.sin(angle)) * np.abs(np.sin(angle)) ** 0.8 * 0.27
    points = centre[:, None] + a[:, None] * across[None, :, None] + b[:, None] * through[None, :, None]
    index = np.arange(along_knot * around).reshape(along_knot, around)
    # After the last ring the section has made an odd number of half turns.
    following = np.roll(index, -1, axis=0)
    following[-1] = np.roll(index[0], -around // 2)
    corner, right = index, np.roll(index, -1, axis=1)
    above, both = following, np.roll(following, -1, axis=1)
    faces = np.stack([corner, right, both, corner, both, above], axis=-1).reshape(-1, 3)
    points = points.reshape(-1, 3)
    normals = np.zeros_like(points)
    face_normals = np.cross(
        points[faces[:, 1]] - points[faces[:, 0]], points[faces[:, 2]] - points[faces[:, 0]]
    )
    for column in range(3):
        np.add.at(normals, faces[:, column], face_normals)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    if np.sum(normals * (points - np.repeat(centre, around, axis=0))) < 0:
        faces, normals = faces[:, ::-1], -normals
    for array in (points, normals):
        array[:, :2] *= -1  # so that it stands on two lobes
    points *= 0.62 / np.ptp(points[:, 1])
    points[:, 1] -= points[:, 1].min()
    glaze = along(
        rgb("#16306b", "#2c6f8f", "#e9dcc0", "#e08a52", "#b23a3a", "#5b2350", "#16306b"), t / (2 * np.pi)
    )
    linear = np.repeat((glaze / 255) ** 2.2, around, axis=0)
    mesh = Mesh(
        positions=points,
        indices=faces,
        normals=normals,
        colours=np.column_stack([linear, np.ones(len(linear))]),
        surface=Surface("glaze", roughness_factor=0.28),
        lighting="neutral",
        name="trefoil",
    )
    write(Scene("Trefoil", (Node("trefoil", meshes=(mesh,)),)), SAMPLES / "trefoil.glb")


WORKS: dict[str, Callable[[], None]] = {
    work.__name__: work for work in (counterpoint, undertow, harbour, coral_script, seven_ridges, trefoil)
}

if __name__ == "__main__":
    for name in sys.argv[1:] or WORKS:
        WORKS[name]()
        print(name)
