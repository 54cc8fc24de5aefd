"""controllers: which button of which controller does what; the runtime maps all others to these.

Each hand can do everything by itself: point and select, move and turn, go to the next work and back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from vrgen.view.xr.frame import Side

Inputs = Mapping[str, str]
"""Action name -> path below the hand."""

POSES = {"aim": "input/aim/pose", "grip": "input/grip/pose"}
HELD = {**POSES, "haptic": "output/haptic"}
STICK = {**HELD, "stick": "input/thumbstick", "select": "input/trigger/value"}


@dataclass(frozen=True, slots=True)
class Controller:
    """What one kind of controller is bound to."""

    profile: str
    """The interaction profile's path."""
    both: Inputs
    """The same on both hands."""
    left: Inputs = field(default_factory=dict)
    """On the left hand alone."""
    right: Inputs = field(default_factory=dict)
    """On the right hand alone."""
    needs: str = ""
    """The extension without which the runtime does not know it."""

    def bindings(self) -> Iterator[tuple[str, str]]:
        """(action, full path) of every input."""
        hands: tuple[tuple[Side, Inputs], ...] = (("left", self.left), ("right", self.right))
        for side, own in hands:
            for action, path in {**self.both, **own}.items():
                yield action, f"/user/hand/{side}/{path}"


BARE_HAND = "/interaction_profiles/ext/hand_interaction_ext"
"""The profile of a hand that holds nothing."""

CONTROLLERS = (
    Controller("/interaction_profiles/khr/simple_controller",
               {**HELD, "select": "input/select/click", "next": "input/menu/click"}),
    Controller("/interaction_profiles/oculus/touch_controller", STICK,
               left={"next": "input/x/click", "previous": "input/y/click"},
               right={"next": "input/a/click", "previous": "input/b/click"}),
    Controller("/interaction_profiles/valve/index_controller",
               {**STICK, "next": "input/a/click", "previous": "input/b/click"}),
    Controller("/interaction_profiles/htc/vive_controller",
               {**HELD, "select": "input/trigger/value", "pad": "input/trackpad",
                "pad_pressed": "input/trackpad/click", "next": "input/squeeze/click",
                "previous": "input/menu/click"}),
    Controller("/interaction_profiles/microsoft/motion_controller",
               {**STICK, "next": "input/squeeze/click", "previous": "input/menu/click"}),
    Controller(BARE_HAND, {**POSES, "select": "input/pinch_ext/value"}, needs="XR_EXT_hand_interaction"),
)  # fmt: skip
