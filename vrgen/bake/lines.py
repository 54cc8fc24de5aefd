"""Lines: edges in a facet's plane, simplified, and cut where they cross each other and the facet's border."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

NEAR = 0.0015
"""Metres: a line that ends closer to another than this ends on it."""
LEAST = 0.02
"""Metres across of what is worth a cut."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False, slots=True)
class Lines:
    """Edges between points of a plane."""

    points: Floats
    """(n, 2) metres."""
    edges: Ints
    """(m, 2)."""
    push: Floats
    """(n, 2) metres from a point to where its light is looked for."""
    border: Ints
    """(n,) edge of the border on which a point lies, -1 for none."""
    share: Floats
    """(n,) where on it, from 0 to 1."""

    @staticmethod
    def of(points: Floats, edges: Ints, push: Floats) -> Lines:
        """Lines that touch no border; edges of no length and repeated ones are left out."""
        edges = edges[edges[:, 0] != edges[:, 1]]
        key = edges.min(axis=1) * (len(points) + 1) + edges.max(axis=1)
        edges = edges[np.sort(np.unique(key, return_index=True)[1])]
        return Lines(points, edges, push, np.full(len(points), -1, np.int64), np.zeros(len(points)))

    @staticmethod
    def none() -> Lines:
        """No line."""
        return Lines.of(np.zeros((0, 2)), np.zeros((0, 2), np.int64), np.zeros((0, 2)))

    def halved(self, split: NDArray[np.bool_]) -> Lines:
        """Those edges of which `split` (m,) says so cut in their middles; the halves come last."""
        start, end = self.edges[split].T
        middle = len(self.points) + np.arange(len(start))
        halves = [self.edges[~split], np.stack([start, middle], axis=1), np.stack([middle, end], axis=1)]
        return Lines(
            np.concatenate([self.points, (self.points[start] + self.points[end]) / 2]),
            np.concatenate(halves),
            np.concatenate([self.push, (self.push[start] + self.push[end]) / 2]),
            np.concatenate([self.border, np.full(len(start), -1)]),
            np.concatenate([self.share, np.zeros(len(start))]),
        )


def simplified(lines: Lines, tight: float) -> Lines:
    """Lines with fewer points, `tight` metres off at most (Douglas and Peucker 1973); specks are left out."""
    edges: list[tuple[int, int]] = []
    for chain in _chains(lines.edges, len(lines.points)):
        points = lines.points[chain]
        if np.linalg.norm(points.max(axis=0) - points.min(axis=0)) < LEAST:
            continue
        if chain[0] == chain[-1]:
            far = int(np.linalg.norm(points - points[0], axis=1).argmax())
            kept = [*_straight(points, 0, far, tight), *_straight(points, far, len(chain) - 1, tight)[1:]]
        else:
            kept = _straight(points, 0, len(chain) - 1, tight)
        edges += [(chain[a], chain[b]) for a, b in pairwise(kept)]
    return Lines.of(lines.points, np.array(edges, np.int64).reshape(-1, 2), lines.push)


def _chains(edges: Ints, count: int) -> list[list[int]]:
    """Runs of points between forks and ends; closed ones end where they begin."""
    beside: list[list[int]] = [[] for _ in range(count)]
    for number, (a, b) in enumerate(edges.tolist()):
        beside[a].append(number)
        beside[b].append(number)
    ends = edges.tolist()
    used = [False] * len(ends)
    out = []

    def walk(start: int, number: int) -> list[int]:
        chain = [start]
        while not used[number]:
            used[number] = True
            a, b = ends[number]
            chain.append(b if a == chain[-1] else a)
            if len(beside[chain[-1]]) != 2:
                break
            one, two = beside[chain[-1]]
            number = two if one == number else one
        return chain

    for start in [k for k in range(count) if len(beside[k]) != 2] + list(range(count)):
        out += [walk(start, number) for number in beside[start] if not used[number]]
    return out


def _straight(points: Floats, first: int, last: int, tight: float) -> list[int]:
    """Places of the points that are kept between two, both included."""
    if last - first < 2:
        return [first, last]
    way = points[last] - points[first]
    from_first = points[first + 1 : last] - points[first]
    length = float(np.linalg.norm(way))
    if length < 1e-9:
        off = np.linalg.norm(from_first, axis=1)
    else:
        off = np.abs(way[0] * from_first[:, 1] - way[1] * from_first[:, 0]) / length
    worst = int(off.argmax())
    if off[worst] <= tight:
        return [first, last]
    middle = first + 1 + worst
    return [*_straight(points, first, middle, tight), *_straight(points, middle, last, tight)[1:]]


def noded(lines: Lines) -> Lines:
    """Lines cut where they cross, or end on each other, so that no two meet but in a point."""
    one, two, along_one, along_two, place = _crossings(lines, lines)
    points, push = [lines.points], [lines.push]
    count = len(lines.points)
    on: dict[int, list[tuple[float, int]]] = {}
    for a, b, s, t, at in zip(one.tolist(), two.tolist(), along_one, along_two, place, strict=True):
        if a >= b or set(lines.edges[a].tolist()) & set(lines.edges[b].tolist()):
            continue
        end_one, end_two = _end(lines, a, s), _end(lines, b, t)
        if end_one >= 0 and end_two >= 0:
            continue
        node = max(end_one, end_two)
        if node < 0:
            node, count = count, count + 1
            points.append(at[None])
            push.append(
                (lines.push[lines.edges[a]].mean(axis=0) + lines.push[lines.edges[b]].mean(axis=0))[None] / 2
            )
        if end_one < 0:
            on.setdefault(a, []).append((float(s), node))
        if end_two < 0:
            on.setdefault(b, []).append((float(t), node))
    made = Lines.of(np.concatenate(points), _recut(lines.edges, on), np.concatenate(push))
    return Lines.of(made.points, _recut(made.edges, _touched(made)), made.push)


def _touched(lines: Lines) -> dict[int, list[tuple[float, int]]]:
    """Points that lie on edges of others, be it along them: by edge, where on it and which."""
    out: dict[int, list[tuple[float, int]]] = {}
    used = np.unique(lines.edges)
    for start in range(0, len(lines.edges), 512):
        a, b = lines.points[lines.edges[start : start + 512]].transpose(1, 0, 2)[:, :, None]
        way, from_a = b - a, lines.points[used] - a
        length = np.maximum(np.linalg.norm(way, axis=2), 1e-9)
        along = (way * from_a).sum(axis=2) / length
        off = np.abs(way[..., 0] * from_a[..., 1] - way[..., 1] * from_a[..., 0]) / length
        for edge, place in np.argwhere((off < NEAR) & (along > NEAR) & (along < length - NEAR)).tolist():
            share = float(along[edge, place] / length[edge, 0])
            out.setdefault(start + edge, []).append((share, int(used[place])))
    return out


def cut_at_border(lines: Lines, border: Lines) -> Lines:
    """What of the lines lies inside a border (closed, the inside on its left), ends on it told."""
    one, two, along, share, _ = _crossings(lines, border)
    points, push = list(lines.points), list(lines.push)
    told: dict[int, tuple[int, float]] = {}
    on: dict[int, list[tuple[float, int]]] = {}
    for a, b, s, t in zip(one.tolist(), two.tolist(), along, share, strict=True):
        t = float(np.clip(t, 0, 1))
        start, end = border.points[border.edges[b]]
        node = _end(lines, a, s)
        if node < 0:
            node = len(points)
            points.append(start)
            push.append(lines.push[lines.edges[a]].mean(axis=0))
            on.setdefault(a, []).append((float(s), node))
        points[node] = start + t * (end - start)
        told[node] = (b, t)
    made = Lines.of(np.array(points), _recut(lines.edges, on), np.array(push))
    for node, (b, t) in told.items():
        made.border[node], made.share[node] = b, t
    middle = made.points[made.edges].mean(axis=1)
    ends = border.points[border.edges]
    kept = made.edges[inside(middle, ends) & (gaps(middle, ends) > NEAR)]
    return Lines(made.points, kept, made.push, made.border, made.share)


def _end(lines: Lines, edge: int, share: float) -> int:
    """The end of an edge that lies at `share` of it, -1 where neither is near."""
    a, b = lines.edges[edge].tolist()
    length = float(np.linalg.norm(lines.points[b] - lines.points[a]))
    if share * length < NEAR:
        return int(a)
    return int(b) if (1 - share) * length < NEAR else -1


def _recut(edges: Ints, on: dict[int, list[tuple[float, int]]]) -> Ints:
    """Edges with the nodes on them put in."""
    out = []
    for number, (a, b) in enumerate(edges.tolist()):
        chain = [a, *(node for _, node in sorted(on.get(number, []))), b]
        out += list(pairwise(chain))
    return np.array(out, np.int64).reshape(-1, 2)


def _crossings(one: Lines, two: Lines) -> tuple[Ints, Ints, Floats, Floats, Floats]:
    """Every pair of edges that cross, or nearly: which (k,) twice, where along them, the points (k, 2)."""
    a, b = one.points[one.edges], two.points[two.edges]
    low, high = a.min(axis=1) - NEAR, a.max(axis=1) + NEAR
    pairs = []
    for start in range(0, len(a), 1024):
        part = slice(start, start + 1024)
        meets = (b.min(axis=1) <= high[part, None]) & (b.max(axis=1) >= low[part, None])
        first, second = np.nonzero(meets.all(axis=2))
        pairs.append(np.stack([first + start, second]))
    first, second = np.concatenate(pairs, axis=1) if pairs else np.zeros((2, 0), np.int64)
    p, q = a[first, 0], b[second, 0]
    r, s = a[first, 1] - p, b[second, 1] - q
    double = r[:, 0] * s[:, 1] - r[:, 1] * s[:, 0]
    sizes = np.linalg.norm(r, axis=1), np.linalg.norm(s, axis=1)
    sound = np.abs(double) > 0.02 * sizes[0] * sizes[1]  # not along each other
    safe = np.where(sound, double, 1.0)
    gap = q - p
    t = (gap[:, 0] * s[:, 1] - gap[:, 1] * s[:, 0]) / safe
    u = (gap[:, 0] * r[:, 1] - gap[:, 1] * r[:, 0]) / safe
    ends = [NEAR / np.maximum(size, 1e-9) for size in sizes]
    met = sound & (t > -ends[0]) & (t < 1 + ends[0]) & (u > -ends[1]) & (u < 1 + ends[1])
    return first[met], second[met], t[met], u[met], p[met] + t[met, None] * r[met]


def inside(points: Floats, edges: Floats) -> NDArray[np.bool_]:
    """(n,) whether points (n, 2) lie inside closed borders (m, 2, 2), by counting crossings to the right."""
    out = np.zeros(len(points), dtype=bool)
    (ax, ay), (bx, by) = edges[:, 0].T, edges[:, 1].T
    slope = (bx - ax) / np.where(by == ay, 1.0, by - ay)
    for start in range(0, len(points), 2048):
        x, y = points[start : start + 2048, None].transpose(2, 0, 1)
        spans = (ay[None] > y) != (by[None] > y)
        out[start : start + 2048] = (spans & (x < ax + (y - ay) * slope)).sum(axis=1) % 2 == 1
    return out


def near(points: Floats, edges: Floats, distance: float) -> NDArray[np.bool_]:
    """(n,) whether points (n, 2) lie within `distance` metres of edges (m, 2, 2), or nearly."""
    way = edges[:, 1] - edges[:, 0]
    count = np.ceil(2 * np.linalg.norm(way, axis=1) / distance).astype(np.int64) + 1
    each = np.repeat(np.arange(len(edges)), count)
    place = np.arange(len(each)) - np.repeat(np.cumsum(count) - count, count)
    along = edges[each, 0] + (place / np.maximum(count - 1, 1)[each])[:, None] * way[each]
    found = cKDTree(along).query(points, distance_upper_bound=distance)[0]
    return np.asarray(np.isfinite(found))


def gaps(points: Floats, edges: Floats) -> Floats:
    """(n,) metres from points (n, 2) to the nearest of edges (m, 2, 2)."""
    start, way = edges[:, 0], edges[:, 1] - edges[:, 0]
    square = np.maximum((way**2).sum(axis=1), 1e-20)
    out = np.full(len(points), np.inf)
    for first in range(0, len(points), 2048):
        from_start = points[first : first + 2048, None] - start
        along = np.clip(np.einsum("nmk,mk->nm", from_start, way) / square, 0, 1)
        off = np.linalg.norm(from_start - along[..., None] * way, axis=-1)
        out[first : first + 2048] = off.min(axis=1, initial=np.inf)
    return out
