"""What makes a function a verb: its options are its keywords, checked once."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from pathlib import Path
from typing import Generic, ParamSpec, TypeVar

from vrgen.core.keywords import filled
from vrgen.core.progress import SILENT, Progress
from vrgen.core.scene import Scene

P = ParamSpec("P")
Options = TypeVar("Options")
Subject = TypeVar("Subject")
Result = TypeVar("Result")


class Verb(Generic[P, Options, Result]):
    """A function of (options, progress) that is called with the options' fields.

    `vrgen.sky(seed=3)` is `sky.run(SkyOptions(seed=3), SILENT)`; the command line calls `run` itself.
    """

    def __init__(self, options: Callable[P, Options], act: Callable[[Options, Progress], Result]) -> None:
        self.options = options
        self.run = act
        update_wrapper(self, act)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Result:
        """Do it. Raises UsageProblem for a keyword that is none, and what the verb raises."""
        return self.run(filled(self.options, self.run.__name__, args, kwargs), SILENT)


class Step(Generic[Subject, P, Options, Result]):
    """A function of (subject, options, progress) that is called with the subject and the options' fields.

    `vrgen.bake(scene, light="vertex")` is `bake.run(scene, BakeOptions(light="vertex"), SILENT)`.
    """

    def __init__(
        self, options: Callable[P, Options], act: Callable[[Subject, Options, Progress], Result]
    ) -> None:
        self.options = options
        self.run = act
        update_wrapper(self, act)

    def __call__(self, subject: Subject, /, *args: P.args, **kwargs: P.kwargs) -> Result:
        """Do it. Raises UsageProblem for a keyword that is none, and what the step raises."""
        return self.run(subject, filled(self.options, self.run.__name__, args, kwargs), SILENT)


class Export(Generic[P, Options, Result]):
    """A function of (scene, path, options, progress) that is called with the options' fields.

    `vrgen.write(scene, "show.glb", quality=95)`; the scene may be the path of a GLB.
    """

    def __init__(
        self,
        options: Callable[P, Options],
        act: Callable[[Scene | Path | str, Path | str, Options, Progress], Result],
    ) -> None:
        self.options = options
        self.run = act
        update_wrapper(self, act)

    def __call__(
        self, scene: Scene | Path | str, path: Path | str, /, *args: P.args, **kwargs: P.kwargs
    ) -> Result:
        """Do it. Raises UsageProblem for a keyword that is none, and what the export raises."""
        return self.run(scene, path, filled(self.options, self.run.__name__, args, kwargs), SILENT)


def verb(
    options: Callable[P, Options],
) -> Callable[[Callable[[Options, Progress], Result]], Verb[P, Options, Result]]:
    """Decorate `def name(options: NameOptions, progress: Progress) -> Result`."""
    return lambda act: Verb(options, act)


def step(
    options: Callable[P, Options],
) -> Callable[[Callable[[Subject, Options, Progress], Result]], Step[Subject, P, Options, Result]]:
    """Decorate `def name(subject: Subject, options: NameOptions, progress: Progress) -> Result`."""
    return lambda act: Step(options, act)


def export(
    options: Callable[P, Options],
) -> Callable[
    [Callable[[Scene | Path | str, Path | str, Options, Progress], Result]], Export[P, Options, Result]
]:
    """Decorate `def name(scene, path, options: NameOptions, progress: Progress) -> Result`."""
    return lambda act: Export(options, act)
