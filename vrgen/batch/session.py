"""Session: Ray on this machine for as long as it is wanted, or a connection to a cluster that is there."""

from __future__ import annotations

import os
import secrets
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from vrgen.errors import MissingPart, UsageProblem

LOCAL = "local"
OBJECTS = 128 << 20
"""Bytes of the object store of a cluster on this machine: its actors see the disk, little else travels."""
LOOPBACK = "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"
"""0 is Ray's switch for clusters that stay on one machine: they listen on loopback alone, on Linux too."""

PATIENCE = "RAY_gcs_rpc_server_reconnect_timeout_s"
"""Seconds that Ray's processes wait for a head that is gone, as when the driver is killed; else a minute."""

NICENESS = "RAY_worker_niceness"
"""15 by default, for machines that are Ray's alone: beside others its workers would be starved."""


@contextmanager
def session(address: str, workers: int | None) -> Iterator[Any]:
    """The module ray, connected to a cluster; one that the caller has connected already is used and kept.

    Raises MissingPart without ray or without an answer, UsageProblem for an address of another sort.
    """
    if "://" in address:
        raise UsageProblem(
            f"ray: got {address!r}, expected local, auto, or the HOST:PORT of a cluster that this machine "
            "has joined with: ray start --address HOST:PORT"
        )
    with _at_home(address == LOCAL):
        try:
            import ray
        except ModuleNotFoundError as problem:
            raise MissingPart('--ray needs ray; install it with: pip install "vrgen[cluster]"') from problem
    if ray.is_initialized():
        yield ray
        return
    folder = Path(tempfile.mkdtemp(prefix="vrgen-ray-", dir=_short())) if address == LOCAL else None
    try:
        with _at_home(address == LOCAL), _silent():
            _connect(ray, address, workers, folder)
        yield ray
    finally:
        if folder is not None:
            _hasten()
        ray.shutdown()
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)


def cores_each(workers: int) -> int:
    """Cores of this machine for each worker."""
    return max(1, (os.cpu_count() or 1) // workers)


@contextmanager
def _at_home(local: bool) -> Iterator[None]:
    """Ray reports nothing to its makers; a cluster on this machine listens on loopback and needs a token."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ENABLE_AUTO_CONNECT", "0")  # or a call after the end would start a cluster
    with ExitStack() as after:
        if local:
            # One of this process, for Ray would leave its own in the home folder.
            os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))
            after.enter_context(_environment(LOOPBACK, "0"))
            after.enter_context(_environment(PATIENCE, "5"))
            after.enter_context(_environment(NICENESS, "0"))
            constants = sys.modules.get("ray._private.ray_constants")
            if constants is not None:  # read when ray was loaded, by whoever loaded it
                _set(after, constants, "ENABLE_RAY_CLUSTER", False)
        yield


@contextmanager
def _silent() -> Iterator[None]:
    """Ray prints on stdout what nodes report, as that a worker died, and has no switch for it."""
    from ray._private import worker

    with ExitStack() as after:
        _set(after, worker, "listen_error_messages", lambda worker, threads_stopped: None)
        yield


@contextmanager
def _environment(name: str, value: str) -> Iterator[None]:
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


def _set(after: ExitStack, owner: Any, name: str, value: Any) -> None:
    after.callback(setattr, owner, name, getattr(owner, name, None))
    setattr(owner, name, value)


def _hasten() -> None:
    """Ray ends its processes one after the other, with patience; those that only watch can go now."""
    from ray._private import worker

    if worker._global_node is None:
        return
    for kind, infos in list(worker._global_node.all_processes.items()):
        if kind not in ("raylet", "gcs_server"):
            for info in infos:
                info.process.kill()


def _connect(ray: Any, address: str, workers: int | None, folder: Path | None) -> None:
    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": "error"}
    if folder is not None:
        workers = workers or os.cpu_count() or 1
        ray.init(
            address=LOCAL,
            num_cpus=workers * cores_each(workers),
            object_store_memory=OBJECTS,
            include_dashboard=False,
            _temp_dir=str(folder),
            **quiet,
        )
        return
    try:
        ray.init(address=address, **quiet)
    except (ConnectionError, RuntimeError, ValueError) as problem:
        said = (str(problem).strip().splitlines() or [type(problem).__name__])[0]
        raise MissingPart(
            f"no Ray cluster answers at {address} ({said}); start one with: ray start --head, join it with: "
            "ray start --address HOST:PORT, or give --ray local"
        ) from problem


def _short() -> str | None:
    """Where sockets can lie: their paths have at most 107 characters."""
    return "/tmp" if os.path.isdir("/tmp") else None
