"""The loop every stage trains in: resumable to the step, pausable, timed without its pauses."""

import time
from dataclasses import dataclass, field
from pathlib import Path

import torch

from .cores import ThreadCount
from .files import Log, replace_atomically, wait_while_paused


@dataclass
class Progress:
    """How far a stage is. `seconds` counts training only, over all sessions; `forked_at` is the step at which a copy began."""

    step: int = 0
    seconds: float = 0.0
    history: list = field(default_factory=list)
    forked_at: int | None = None

    def state_dict(self) -> dict:
        return dict(vars(self))

    def load_state_dict(self, state: dict) -> None:
        vars(self).update(state)


class Average:
    """Exponential moving average of a module's parameters and buffers, in float32."""

    def __init__(self, module: torch.nn.Module, decay: float):
        self.decay, self.updates = decay, 0
        self.shadow = {name: value.detach().clone().float() for name, value in module.state_dict().items()}

    @torch.no_grad()
    def update(self, module: torch.nn.Module) -> None:
        self.updates += 1
        decay = min(self.decay, (1 + self.updates) / (10 + self.updates))
        live = module.state_dict()
        torch._foreach_lerp_(list(self.shadow.values()), [live[name].float() for name in self.shadow], 1 - decay)

    def state_dict(self) -> dict:
        return {"updates": self.updates, "shadow": self.shadow}

    def load_state_dict(self, state: dict) -> None:
        self.updates = state["updates"]
        for name, value in state["shadow"].items():
            self.shadow[name].copy_(value)


class Loop:
    """Runs `step(progress) -> dict of figures` over `parts` (objects with state_dict), saved together in one file."""

    def __init__(self, path: Path, parts: dict, log: Log, pause_file: Path | None, save_seconds: float = 120):
        self.path, self.log, self.pause_file, self.save_seconds = path, log, pause_file, save_seconds
        self.progress = Progress()
        self.parts = {**parts, "progress": self.progress}
        if path.exists():
            self._load()

    def _load(self) -> None:
        state = torch.load(self.path, map_location="cpu", weights_only=True)
        for name, part in self.parts.items():
            part.load_state_dict(state[name])
        self.log(f"{self.path.stem}: resumes at step {self.progress.step}, {self.progress.seconds / 60:.1f} min")

    def save(self) -> None:
        with replace_atomically(self.path) as part:
            torch.save({name: value.state_dict() for name, value in self.parts.items()}, part)

    def run(self, step, is_done, report, report_seconds: float) -> None:
        """Steps until `is_done(progress)`; `report(progress)` returns figures for the log and the history."""
        saved = reported = time.monotonic()
        threads = ThreadCount()
        while not is_done(self.progress):
            slept = wait_while_paused(self.pause_file, self.log)
            saved, reported = saved + slept, reported + slept
            threads.adapt()
            start = time.monotonic()
            step(self.progress)
            now = time.monotonic()
            self.progress.step += 1
            self.progress.seconds += now - start
            if now - reported > report_seconds:
                reported = self._report(report)
            if now - saved > self.save_seconds:
                self.save()
                saved = time.monotonic()
        self._report(report)
        self.save()

    def _report(self, report) -> float:
        figures = {"step": self.progress.step, "minutes": round(self.progress.seconds / 60, 2), **report(self.progress)}
        self.progress.history.append(figures)
        self.log(f"{self.path.stem}: " + ", ".join(f"{key} {value}" for key, value in figures.items()))
        return time.monotonic()


def gradient_norms(modules: dict[str, torch.nn.Module]) -> dict[str, float]:
    """L2 norm of the gradients of each named part; raises where a part has none (torch.compile once lost them silently)."""
    norms = {}
    for name, module in modules.items():
        parts = [parameter.grad.float().norm() for parameter in module.parameters() if parameter.grad is not None]
        norms[name] = float(torch.stack(parts).norm()) if parts else 0.0
        if not norms[name] > 0:
            raise RuntimeError(f"no gradient reaches {name}")
    return norms
