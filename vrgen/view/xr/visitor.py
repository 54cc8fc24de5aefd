"""Visitor: one wearer's visit, frame by frame: what the hands do becomes where one stands and what one sees.

Nothing moves that the wearer did not ask to move. Far ways are a blink, turns are of 30 degrees at once,
gliding is a choice and darkens the edge of the view. Either hand does everything.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from vrgen.core.exhibits import Exhibit
from vrgen.core.frames import direction_from_angles, look_rotation, matrix_from_quaternion
from vrgen.core.mesh import Mesh
from vrgen.core.node import Node
from vrgen.core.scene import Scene
from vrgen.view.options import ViewOptions
from vrgen.view.xr.arc import Arc, arc
from vrgen.view.xr.cues import Card, Cues, Ray, RayState, Reroll, Ring
from vrgen.view.xr.frame import Frame, Hand, Side
from vrgen.view.xr.gestures import Gesture, Gestures
from vrgen.view.xr.ground import Ground
from vrgen.view.xr.journey import Journey
from vrgen.view.xr.pointing import Hit, Pointing
from vrgen.view.xr.remaking import Remaking, changeable
from vrgen.view.xr.rig import Rig, heading
from vrgen.view.xr.stops import Stop

SNAP = 30.0
"""Degrees of one turn."""
GLIDE_SPEED = 1.4
"""Metres a second with the stick pushed all the way: what most people bear."""
DEAD = 0.15
"""How far the stick may rest from its middle."""
VIGNETTE_SECONDS = 0.12
"""In which the vignette follows the speed."""
READING, LINGER = 8.0, 0.35
"""Seconds that a plaque stays after it was asked for, and after a ray has left its work."""
RAY = 6.0
"""Metres after which a drawn ray ends."""
SIDES: tuple[Side, Side] = ("left", "right")


@dataclass(eq=False, slots=True)
class _Grasp:
    """What is remembered of one hand."""

    gestures: Gestures = field(default_factory=Gestures)
    gesture: Gesture = field(default_factory=Gesture)
    hit: Hit | None = None
    over: Exhibit | None = None
    press: Remaking | None = None
    arc: Arc | None = None


class Visitor:
    """The visit. `kept` says which meshes are drawn (AR leaves some out), `may_change` what is made anew."""

    def __init__(
        self,
        scene: Scene,
        options: ViewOptions,
        *,
        kept: Callable[[Node, Mesh], bool] | None = None,
        may_change: Callable[[Hit], bool] = changeable,
    ) -> None:
        self._know(Ground.of(scene, kept))
        self._glides, self._may_change = options.glide, may_change
        self._rig: Rig | None = None
        self._head = np.eye(4)
        self._time = 0.0
        self._at = -1
        self._journey: Journey | None = None
        self._card: tuple[Card, float] | None = None
        self._vignette = 0.0
        self._hands: dict[Side, _Grasp] = {side: _Grasp() for side in SIDES}

    def _know(self, ground: Ground) -> None:
        self.pointing, self.floors, self.stops = ground.pointing, ground.floors, ground.stops
        self._start = ground.start

    def turn_to(self, ground: Ground) -> None:
        """Visit another scene from now on. The wearer stays where they are and looks where they did; what
        they pointed at, pressed or read belongs to the scene that is gone."""
        self._know(ground)
        self._at, self._card = -1, None
        for grasp in self._hands.values():
            grasp.hit = grasp.over = grasp.press = grasp.arc = None

    @property
    def rig(self) -> Rig:
        """Where the session's space lies now; of no meaning before the first step."""
        return self._rig or Rig()

    def step(self, frame: Frame, *, busy: bool = False) -> Cues:
        """One frame further; `busy` while a material is being made."""
        self._place(frame)
        seconds = min(max(frame.time - self._time, 0.0), 0.1)
        self._time = frame.time
        arrived = self._travel(frame)
        hands = {side: frame.hands.get(side, Hand()) for side in SIDES}
        for side, hand in hands.items():
            self._hands[side].gesture = self._hands[side].gestures.read(hand, frame.time)
        self._move(hands, seconds)
        aims = {side: self.rig.world(hand.aim) for side, hand in hands.items() if hand.aim is not None}
        ticks = self._point(aims, frame.number)
        self._throw(aims)
        reroll = self._press(aims)
        ticks += [side for side in SIDES if reroll is not None and reroll.hit is self._pressed(side)]
        self._read()
        return replace(
            self._shown(aims),
            ticks=tuple(dict.fromkeys(ticks)),
            reroll=reroll,
            busy=busy,
            arrived=arrived,
        )

    # ---- where one stands

    def _place(self, frame: Frame) -> None:
        """At first where the visit begins; who recentres stays where they are and looks where they did."""
        head = frame.head
        if self._rig is None:
            self._rig = Rig().lands(head, self._start.floor).faces(head, self._start.azimuth)
            self._time = frame.time
        elif frame.recentred:
            floor, azimuth = self._rig.below(self._head), heading(self._rig.world(self._head))
            self._rig = self._rig.lands(head, floor).faces(head, azimuth)
        self._head = head

    def _travel(self, frame: Frame) -> str | None:
        """Carry the wearer while all is black; the name of the stop in the frame of the arrival."""
        journey = self._journey
        if journey is None:
            return None
        if journey.over(frame.time):
            self._journey = None
        if journey.arrived or not journey.black(frame.time):
            return None
        self._rig = self.rig.lands(frame.head, journey.stop.floor)
        if journey.turns:
            self._rig = self._rig.faces(frame.head, journey.stop.azimuth)
        if self._journey is not None:
            self._journey = replace(journey, arrived=True)
        if journey.stop.exhibit is not None:
            self._show(journey.stop.exhibit, journey.stop.exhibit.centre, READING)
        return journey.stop.name or None

    def _move(self, hands: dict[Side, Hand], seconds: float) -> None:
        """Turns, the next and the previous stop, and gliding; none of them on a journey."""
        for side in SIDES if self._journey is None else ():
            gesture, press = self._hands[side].gesture, self._hands[side].press
            if press is not None and press.active:
                continue  # its stick moves a slider
            if gesture.turn:
                self._rig = self.rig.turned(self._head, SNAP * gesture.turn)
            if gesture.next or gesture.previous:
                self._visit(1 if gesture.next else -1)
        ahead = self._ahead(hands) if self._glides and self._journey is None else 0.0
        self._glide(ahead, seconds)

    def _ahead(self, hands: dict[Side, Hand]) -> float:
        """-1 to 1: how fast the stick that is pushed furthest wants to go."""
        pushed = [
            hand.stick[1]
            for side, hand in hands.items()
            if abs(hand.stick[1]) > max(DEAD, abs(hand.stick[0])) and not self._remakes(side)
        ]
        most = max(pushed, key=abs, default=0.0)
        return math.copysign((min(abs(most), 1.0) - DEAD) / (1 - DEAD), most) if most else 0.0

    def _glide(self, ahead: float, seconds: float) -> None:
        moved = 0.0
        if ahead and seconds > 0:
            start = self.rig.below(self._head)
            azimuth = heading(self.rig.world(self._head))
            end = self.floors.glided(start, azimuth, ahead=ahead, metres=GLIDE_SPEED * seconds)
            moved = math.hypot(end[0] - start[0], end[2] - start[2]) / seconds
            self._rig = self.rig.lands(self._head, end)
        wanted = min(moved / GLIDE_SPEED, 1.0)
        self._vignette += (wanted - self._vignette) * (1 - math.exp(-seconds / VIGNETTE_SECONDS))
        self._vignette = self._vignette if self._vignette > 0.01 or wanted else 0.0

    def _visit(self, step: int) -> None:
        if self.stops:
            first = -1 if step > 0 else 0
            self._at = ((self._at if self._at >= 0 else first) + step) % len(self.stops)
            self._journey = Journey(self.stops[self._at], self._time, turns=True)

    def _go(self, floor: tuple[float, float, float]) -> None:
        if self._journey is None:
            self._journey = Journey(Stop("", floor, 0.0), self._time)

    # ---- what the hands do

    def _point(self, aims: dict[Side, NDArray[np.float64]], number: int) -> list[Side]:
        """See what the hands point at, by turns; hands that feel a tick because they came upon a work."""
        ticks: list[Side] = []
        for side, grasp in self._hands.items():
            if side not in aims:
                grasp.hit = grasp.over = None
                continue
            gesture = grasp.gesture
            turn = len(aims) == 1 or SIDES[number % 2] == side or gesture.down or grasp.hit is None
            if (
                turn and not gesture.released and (grasp.arc is None or grasp.hit is None)
            ):  # a pinch shakes the hand as it opens
                grasp.hit = self._hit(aims[side])
            over = grasp.hit.exhibit if grasp.hit is not None else None
            if over is not None and over is not grasp.over:
                ticks.append(side)
            grasp.over = over
        return ticks

    def _hit(self, aim: NDArray[np.float64]) -> Hit:
        hit = self.pointing.hit(aim[:3, 3], -aim[:3, 2])
        if hit.kind != "sky":
            return hit
        floor = self.floors.crossed(aim[:3, 3], -aim[:3, 2])  # one that is not drawn: in AR, the real one
        if floor is None:
            return hit
        away = float(np.linalg.norm(floor - aim[:3, 3]))
        return Hit("surface", floor, away, normal=np.array([0.0, 1.0, 0.0]))

    def _throw(self, aims: dict[Side, NDArray[np.float64]]) -> None:
        """Aim a teleport with the stick; letting it go lands where the arc pointed last."""
        for side, grasp in self._hands.items():
            free = not self._glides and self._journey is None and not self._remakes(side)
            if free and grasp.gesture.throw == "thrown" and grasp.arc and grasp.arc.landing:
                self._go(grasp.arc.landing)
            aiming = free and grasp.gesture.throw == "aiming" and side in aims
            eye = self.rig.world(self._head)[:3, 3]
            grasp.arc = arc(aims[side], self.floors, self.pointing, eye=eye) if aiming else None

    def _press(self, aims: dict[Side, NDArray[np.float64]]) -> Reroll | None:
        """Select, from its press to its release: a click, or a wish for another material."""
        wish: Reroll | None = None
        for side, grasp in self._hands.items():
            gesture = grasp.gesture
            if gesture.pressed and grasp.hit is not None and side in aims and grasp.arc is None:
                grasp.press = Remaking(grasp.hit, aims[side], self._may_change)
            if grasp.press is None:
                continue
            wish = grasp.press.step(gesture, aims.get(side)) or wish
            if gesture.released and not grasp.press.active and grasp.hit is not None:
                self._click(grasp.hit)
            if not gesture.down:
                grasp.press = None
        return wish

    def _click(self, hit: Hit) -> None:
        if hit.exhibit is not None:
            self._show(hit.exhibit, hit.point, READING)
        elif hit.kind == "surface" and self.floors.bears(hit.point, hit.normal):
            x, y, z = (float(part) for part in hit.point)
            self._go((x, self.floors.height if self.floors.polygons else y, z))
        else:
            self._card = None

    def _remakes(self, side: Side) -> bool:
        press = self._hands[side].press
        return press is not None and press.active

    def _pressed(self, side: Side) -> Hit | None:
        press = self._hands[side].press
        return None if press is None else press.hit

    # ---- what one sees

    def _read(self) -> None:
        """Show the plaque of the work that is pointed at; let go of it a moment after the last ray left."""
        over = [grasp for grasp in self._hands.values() if grasp.over is not None and grasp.hit is not None]
        shown = self._card[0].exhibit if self._card is not None else None
        for grasp in over:
            if grasp.over is shown and self._card is not None:
                self._card = self._card[0], max(self._card[1], self._time + LINGER)
                return
        for grasp in over[:1]:
            if grasp.over is not None and grasp.hit is not None:
                self._show(grasp.over, grasp.hit.point, LINGER)
        if self._card is not None and self._time > self._card[1]:
            self._card = None

    def _show(self, exhibit: Exhibit, point: NDArray[np.float64], seconds: float) -> None:
        """Hold up a card, to the right of where one looks and a little nearer; where it hangs, it stays."""
        if self._card is not None and self._card[0].exhibit is exhibit:
            self._card = self._card[0], max(self._card[1], self._time + seconds)
            return
        pose, distance = _card_pose(self.rig.world(self._head)[:3, 3], point, self.pointing)
        self._card = Card(exhibit, pose, distance), self._time + seconds

    def _shown(self, aims: dict[Side, NDArray[np.float64]]) -> Cues:
        thrown = next((grasp.arc for grasp in self._hands.values() if grasp.arc is not None), None)
        rays, ring, hold, hold_at = [], None, 0.0, None
        for side, aim in aims.items():
            grasp = self._hands[side]
            if grasp.hit is None or grasp.arc is not None:
                continue
            rays.append(self._ray(side, aim, grasp, grasp.hit))
            if grasp.press is not None:
                part = 1.0 if grasp.press.active else grasp.press.progress(grasp.gesture.held)
                hold, hold_at = (part, rays[-1].end) if part > hold else (hold, hold_at)
                ring = Ring(rays[-1].end, True) if rays[-1].state == "floor" else ring
        if thrown is not None:
            ring = Ring(
                np.asarray(thrown.landing or thrown.points[-1], np.float64), thrown.landing is not None
            )
        return Cues(
            rig=self.rig,
            rays=tuple(rays),
            arc=None if thrown is None else thrown.points,
            ring=ring,
            plaque=None if self._card is None else self._card[0],
            vignette=self._vignette,
            fade=0.0 if self._journey is None else self._journey.fade(self._time),
            hold=hold,
            hold_at=hold_at,
        )

    def _ray(self, side: Side, aim: NDArray[np.float64], grasp: _Grasp, hit: Hit) -> Ray:
        state: RayState = "idle"
        if grasp.press is not None and (grasp.press.active or grasp.press.progress(grasp.gesture.held) > 0):
            state = "holding"
        elif hit.exhibit is not None:
            state = "work"
        elif grasp.press is not None and self.floors.bears(hit.point, hit.normal):
            state = "floor"
        touches = hit.kind != "sky"
        length = hit.distance if touches else RAY
        return Ray(side, aim[:3, 3], aim[:3, 3] - aim[:3, 2] * length, state, touches)


def _card_pose(
    eye: NDArray[np.float64], point: NDArray[np.float64], pointing: Pointing
) -> tuple[NDArray[np.float64], float]:
    """(4, 4) pose of a card for who looks from `eye` (3,) at `point` (3,), and its distance in metres."""
    towards = point - eye
    azimuth = math.degrees(math.atan2(towards[2], towards[0])) + 16.0
    elevation = math.degrees(math.atan2(towards[1], math.hypot(towards[0], towards[2])))
    way = direction_from_angles(azimuth, min(max(elevation, -12.0), 8.0))
    distance = min(max(0.8 * float(np.linalg.norm(towards)), 0.7), 1.6)
    struck = pointing.blocked(np.array([eye, eye + way * (distance + 0.1)]))
    if struck is not None:
        distance = max(0.4, 0.85 * float(np.linalg.norm(struck[1] - eye)))
    pose = np.eye(4)
    pose[:3, :3] = matrix_from_quaternion(look_rotation(way * (1.0, 0.0, 1.0)))
    pose[:3, 3] = eye + way * distance
    return pose, distance
