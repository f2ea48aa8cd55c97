"""Collects excerpts of recorded loops of diffusers' own tests, with the sums those tests assert, into published.json.

Usage: python make_published_fixtures.py FOLDER

FOLDER holds, for each loop, NAME.json (scheduler, config, steps, published_sum, …) and NAME.safetensors (t, sample,
prev_sample, … per step), recorded with diffusers 0.42.1 by running its tests/schedulers. Of each kept step every 97th
number of the sample after it is kept.
"""

import base64
import json
import pathlib
import sys

from safetensors.numpy import load_file

FAMILIES = ["ddim", "ddpm", "pndm", "euler", "euler_ancestral", "dpm_multi", "dpm_single", "lms", "heun", "kdpm2_discrete",
            "kdpm2_ancestral", "deis", "unipc", "lcm", "tcd"]
STRIDE = 97
MOST_STEPS = 21


def asked_steps(name, loop_length):
    """What the test gave to `set_timesteps`: the loops that begin late or evaluate twice are shorter or longer."""
    if name.startswith("ddpm"):
        return 1000
    if name == "dpm_single__full_uneven_loop":
        return 50
    return loop_length if name.startswith(("lcm", "tcd")) else 10


def excerpt(path):
    about = json.loads(path.read_text())
    tensors = load_file(path.with_suffix(".safetensors"))
    kept = tensors.get("kept_steps", list(range(len(tensors["prev_sample"]))))
    stride = -(-len(kept) // MOST_STEPS)
    rows = sorted({*range(0, len(kept), stride), len(kept) - 1})
    values = tensors["prev_sample"].reshape(len(kept), -1)[rows][:, ::STRIDE].astype("<f4")
    config = {key: value for key, value in about["config"].items()
              if key not in about["config"].get("_use_default_values", []) and key != "_use_default_values"}
    return dict(
        name=path.stem, steps=asked_steps(path.stem, len(tensors["t"])), config={"_class_name": about["scheduler"], **config}, sum=about["published_sum"],
        shape=list(tensors["prev_sample"].shape[1:]), timesteps=[float(t) for t in tensors["t"]],
        keptSteps=[int(kept[row]) for row in rows], values=base64.b64encode(values.tobytes()).decode())


def main(folder):
    paths = [path for path in sorted(pathlib.Path(folder).glob("*.json")) if path.stem.split("__")[0] in FAMILIES
             and "1d_" not in path.stem]
    lines = ",\n".join(json.dumps(excerpt(path)) for path in paths)
    text = f'{{"stride": {STRIDE}, "cases": [\n{lines}\n]}}\n'
    (pathlib.Path(__file__).parent / "published.json").write_text(text)
    print(len(paths), "loops,", len(text), "bytes")


if __name__ == "__main__":
    main(sys.argv[1])
