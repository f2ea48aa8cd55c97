"""The examination: names, grounds, held-out combinations and reconstruction, for any renderer."""

import json
from collections import defaultdict
from pathlib import Path

import numpy as np

from .autoencoder import measure, measuring_pictures
from .export import exported_autoencoder
from .files import replace_atomically
from .judge import Judge, ground_shown, unevenness
from .questions import HELD_OUT, SHARES, Question, ask
from .renderers import Renderer, Sampling
from .sheet import contact_sheet
from .workspace import Workspace

PLAIN = 8.0  # a rim that deviates by less is plain


def _is_ground_right(picture: np.ndarray, ground: tuple[str, ...]) -> bool:
    return ground_shown(picture) == (ground[0], ground[-1])


def _percent(values: list) -> float:
    return round(100 * float(np.mean(values)), 1)


def score(workspace: Workspace, questions: list[Question], pictures: np.ndarray, judge: Judge) -> dict:
    """Percentages of right names, right grounds and plain grounds by group; `asked` and `held_out` sum groups up."""
    rows = defaultdict(lambda: defaultdict(list))
    wrong = []
    for question, picture, shown in zip(questions, pictures, judge.shown(pictures, questions)):
        total = "held_out" if question.group.startswith("held-out") else "asked"
        is_right = shown == question.concepts
        for group in (question.group, total):
            rows[group]["name"].append(is_right)
            rows[group]["ground"].append(_is_ground_right(picture, question.ground))
            rows[group]["plain"].append(unevenness(picture, question.ground) < PLAIN)
        if not is_right:
            wrong.append(f"{question.caption}: {' and '.join(workspace.concepts[index].words[0] for index in shown)}")
    order = ["asked", *SHARES, "held_out", *HELD_OUT]
    figures = {group: {key: _percent(values) for key, values in rows[group].items()} for group in order}
    return {"groups": figures, "wrong": sorted(set(wrong))}


def examine(
    workspace: Workspace, renderer: Renderer, sampling: Sampling, asked: list[Question], seeds: int, judge: Judge
):
    """Figures of one way of sampling, and the pictures, seed by seed."""
    questions = asked * seeds
    requests = [(question.caption, index // len(asked)) for index, question in enumerate(questions)]
    pictures = renderer.render(requests, sampling)
    figures = score(workspace, questions, pictures, judge)
    figures |= {**sampling.figures(), "captions": len(asked), "seeds": seeds, "renderer": renderer.name}
    workspace.log(f"examined: {sampling.figures()}: {figures['groups']}")
    return figures, pictures


def write_json(path: Path, value) -> None:
    with replace_atomically(path) as part:
        part.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")


def evaluate(workspace: Workspace, renderer: Renderer, sampling: Sampling, tier: int, seeds: int, share: float) -> None:
    """Writes evaluation.json and a contact sheet, evaluation.png, into the workspace."""
    asked = ask(workspace, tier, share)
    figures, pictures = examine(workspace, renderer, sampling, asked, seeds, Judge(workspace))
    measured = measuring_pictures(workspace, max(16, round(256 * share)))
    figures["autoencoder"] = measure(exported_autoencoder(workspace), measured)
    write_json(workspace.folder / "evaluation.json", figures)
    chosen = np.linspace(0, len(asked) - 1, min(64, len(asked))).astype(int)
    captions = [asked[index].caption for index in chosen]
    contact_sheet(workspace.folder / "evaluation.png", pictures[chosen], captions)


def sweep(workspace: Workspace, renderer: Renderer, points: tuple[Sampling, ...], tier: int, share: float) -> Sampling:
    """One seed a caption at each point; writes sweep.json; returns the point with most names and grounds right.

    Points within a percent of the best count as equal, and the first of them is taken: list the cheap ones first.
    """
    # The judge keeps the pictures it compares with: one for all points.
    asked, rows, judge = ask(workspace, tier, share), [], Judge(workspace)
    for sampling in points:
        figures, _ = examine(workspace, renderer, sampling, asked, 1, judge)
        rows.append(figures)
        write_json(workspace.folder / "sweep.json", rows)
    merits = [row["groups"]["asked"]["name"] + 0.5 * row["groups"]["asked"]["plain"] for row in rows]
    return next(sampling for sampling, merit in zip(points, merits) if merit >= max(merits) - 1)
