"""Journal: what a run writes down at its steps and snapshots, and how it finds back."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from vrgen.core.progress import Progress
from vrgen.train.events import Events
from vrgen.train.plot import PEER, chart, compared
from vrgen.train.rundir import RunFolder
from vrgen.train.step import Stepper
from vrgen.train.watch import Watch

LINES_A_SNAPSHOT = 10
"""Lines of figures in the log between two snapshots."""
SLOWER = 0.5
"""The rate after trouble, as a share of the rate before."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a run stands at its last snapshot."""

    step: int = 0
    slower: float = 1.0
    """Share of the planned rate."""
    returns: int = 0
    """Times that trouble led back to this snapshot."""
    best_swd: float = float("inf")
    best_step: int = 0
    best_diversity: float = 0.0


class Journal:
    """Writes a run's folder; in a team only the one that leads does."""

    def __init__(self, stepper: Stepper, folder: RunFolder, progress: Progress) -> None:
        self.stepper, self.folder, self.progress = stepper, folder, progress
        self.every = max(1, stepper.plan.snapshot // LINES_A_SNAPSHOT)
        self.lately = Watch()
        self.began, self.first = time.monotonic(), 0
        self.events: Events | None = None

    def begin(self) -> Mark:
        """Write the options, the state before the first step, and what the untrained networks make."""
        mark, measures = Mark(), self.measure()
        if self.stepper.team.leads:
            self.folder.open(self.stepper.plan)
            self.folder.forget_after(-1)
            self.events = Events(self.folder.folder, first=0, note=self.progress.note)
            self._write(mark, {}, measures)
        self.stepper.team.wait()
        return mark

    def resume(self) -> Mark:
        """Go on from the last snapshot; what was logged after it is forgotten."""
        state = self.folder.load_state()
        self.stepper.load(state)
        mark = Mark(**{name: state[name] for name in asdict(Mark()) if name in state})
        self.first = mark.step
        if self.stepper.team.leads:
            for change in self.folder.open(self.stepper.plan):
                self.progress.note(f"not as before: {change}")
            self.folder.forget_after(mark.step)
            self.events = Events(self.folder.folder, first=mark.step + 1, note=self.progress.note)
        self.stepper.team.wait()
        return mark

    def step(self, step: int, figures: Mapping[str, float]) -> None:
        """Note a step's figures; now and then their means go into the log."""
        self.lately.step(figures)
        if step % self.every == 0:
            self._tell(step, self.lately.means())
            self.lately.forget()

    def measure(self) -> dict[str, float]:
        """The family's measures; every process of a team gets those of the one that leads."""
        team, stepper = self.stepper.team, self.stepper
        measures = stepper.family.measure(stepper.averaged) if team.leads else {}
        return team.tell(measures)

    def snapshot(
        self, mark: Mark, step: int, figures: Mapping[str, float], measures: Mapping[str, float]
    ) -> Mark:
        """Keep everything: measures, weights, samples, plot, state; the best one a second time."""
        swd, diversity = measures.get("swd", float("inf")), measures.get("diversity", 0.0)
        better = swd < mark.best_swd
        mark = replace(
            mark,
            step=step,
            returns=0,
            best_swd=min(swd, mark.best_swd),
            best_step=step if better else mark.best_step,
            best_diversity=max(diversity, mark.best_diversity),
        )
        if self.stepper.team.leads:
            self._write(mark, figures, measures)
        self.stepper.team.wait()
        return mark

    def go_back(self, mark: Mark, step: int, trouble: str) -> Mark:
        """Load the last snapshot and go on from there at a lower rate, which the state remembers."""
        state = self.folder.load_state()
        self.stepper.load(state)
        mark = replace(mark, slower=mark.slower * SLOWER, returns=mark.returns + 1)
        if self.stepper.team.leads:
            self.folder.log(step=step, trouble=trouble, back_to=mark.step, slower=mark.slower)
            self.folder.save_state(state | asdict(mark))
        self.progress.note(
            f"step {step}: {trouble}; back to step {mark.step}, from there at {mark.slower:g} of the rate"
        )
        self.lately.forget()
        self.stepper.team.wait()
        return mark

    def end(self, mark: Mark) -> None:
        """Say which snapshot was best; a run that started from weights shows before and after."""
        if not self.stepper.team.leads:
            return
        if self.events is not None:
            self.events.close()
        if mark.best_step:
            self.progress.note(f"best snapshot by SWD: step {mark.best_step} ({mark.best_swd:.4g}), in best/")
        if self.stepper.plan.from_ is not None:
            self._compare(mark.step)

    def _write(self, mark: Mark, figures: Mapping[str, float], measures: Mapping[str, float]) -> None:
        stepper, folder, step = self.stepper, self.folder, mark.step
        picture = stepper.family.picture(stepper.averaged)
        self._tell(step, measures, snapshot=True)
        if self.events is not None:
            self.events.picture(step, picture)
        folder.save_samples(step, picture)
        folder.save_picture("training.png", chart(folder.read_log()))
        if step > 0:
            card = stepper.family.card() | {
                "steps": step,
                "steps_planned": stepper.plan.steps,
                "measures": dict(measures),
            }
            folder.save_weights(card, stepper.averaged.state_dict())
            if mark.best_step == step:
                folder.save_weights(card, stepper.averaged.state_dict(), best=True)
                folder.save_picture("best/samples.png", picture)
        folder.save_state(asdict(mark) | stepper.state())
        if step > 0:
            shown = ", ".join(f"{name} {value:.4g}" for name, value in {**figures, **measures}.items())
            self.progress.note(f"step {step}: {shown}")

    def _tell(self, step: int, values: Mapping[str, float], *, snapshot: bool = False) -> None:
        if not self.stepper.team.leads:
            return
        facts: dict[str, Any] = {name: float(f"{value:.6g}") for name, value in values.items()}
        if not snapshot:
            facts["rate"] = self.stepper.maker_rule.param_groups[0]["lr"]
            facts["seconds_a_step"] = round((time.monotonic() - self.began) / max(step - self.first, 1), 3)
        if self.events is not None:
            self.events.scalars(step, facts)
        self.folder.log(step=step, **facts)

    def _compare(self, last: int) -> None:
        """before_after.png: the samples before the first step beside those after the last."""
        before, after = (self.folder.load_samples(step) for step in (0, last))
        self.folder.save_picture("before_after.png", compared(before, after, self.stepper.plan.crop))
        log = self.folder.read_log()
        at = {s: {k: v for line in log if line["step"] == s for k, v in line.items()} for s in (0, last)}
        told = [
            f"{name} {value:.4g} -> {at[last][name]:.4g}"
            for name, value in at[0].items()
            if name in at[last] and name not in ("time", "step") and not name.endswith(PEER)
        ]
        self.progress.note(f"before -> after, on what was held out: {', '.join(told)}")
