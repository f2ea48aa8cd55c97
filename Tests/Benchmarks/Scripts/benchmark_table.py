#!/usr/bin/env python3
"""Prints the benchmark table: this engine beside diffusers and OpenVINO, on the same inputs, in one run.

    python benchmark_table.py --model MODEL [--size WxH] [--rounds N] [--engines A,B,…] [--markdown FILE]

MODEL is a folder in diffusers' layout (make_random_model.py makes one of the real sizes). The peers live in a virtual
environment (--venv, made and filled with torch, diffusers, transformers, openvino and nncf if it is not there). Every
round starts each engine anew in turn, with one call to warm up and --calls counted ones; printed are medians, their
ratio to OpenVINO's bf16, the error against diffusers in f32 on the same inputs, and peak resident memory.

Nothing else may run meanwhile. With --scaling it adds our rows for other sizes, batches and thread counts; with --layers
our table of layers; with --image whole pictures of that many steps, load included.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent.parent
PACKAGES = ["torch", "diffusers", "transformers", "accelerate", "openvino", "nncf"]
OURS = ("auto", "f32", "fixed16", "draft")
PEERS = ("diffusers-f32", "diffusers-bf16", "openvino-f32", "openvino-bf16", "openvino-int8", "openvino-int8-bf16")
PROMPTS = ["a lighthouse in the fog", "a red bicycle", "two owls on a branch", "a bowl of soup", "a paper boat"]
REFERENCE, RIVAL = "diffusers-f32", "openvino-bf16"


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True)
    parser.add_argument("--size", default="512x512")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--calls", type=int, default=2, help="counted calls of a stage per round")
    parser.add_argument("--stages", default="text,decode,unet", help="of these")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--engines", default="diffusers-f32,diffusers-bf16,openvino-f32,openvino-bf16,openvino-int8,f32,fixed16")
    parser.add_argument("--venv", type=Path, default=Path.home() / ".cache" / "diffuse-peers")
    parser.add_argument("--cache", type=Path, help="converted OpenVINO models; beside MODEL by default")
    parser.add_argument("--image", type=int, default=0, metavar="STEPS")
    parser.add_argument("--scaling", action="store_true")
    parser.add_argument("--layers", action="store_true")
    parser.add_argument("--markdown", type=Path, help="also write the tables there")
    return parser.parse_args()


# --- Setting up ---------------------------------------------------------------------------------------------------


def prepare(arguments) -> None:
    """Builds our side, makes the peers' environment and their models."""
    program = [ROOT] if arguments.image or arguments.layers else []
    for package in (*program, HERE.parent / "StageTimer"):
        subprocess.run(["swift", "build", "-c", "release", "--package-path", str(package)], check=True, stdout=sys.stderr)
    arguments.python = str(arguments.venv / "bin" / "python")
    if not Path(arguments.python).exists():
        venv.create(arguments.venv, with_pip=True)
        subprocess.run([arguments.python, "-m", "pip", "install", "-q", *PACKAGES], check=True)
    arguments.cache = arguments.cache or Path(arguments.model.rstrip("/") + "-openvino")
    engines = arguments.engines.split(",")
    if any(name.startswith("openvino") for name in engines):
        int8 = ["--int8"] if any(name.startswith("openvino-int8") for name in engines) else []
        subprocess.run(
            [arguments.python, str(HERE / "peers" / "openvino_models.py"), arguments.model, str(arguments.cache), *int8],
            check=True, stdout=sys.stderr)


def command(engine: str, arguments) -> list[str]:
    if engine in OURS:
        return [str(HERE.parent / "StageTimer" / ".build" / "release" / "StageTimer")]
    family, precision = engine.split("-", 1)
    worker = [arguments.python, str(HERE / "peers" / f"{family}_worker.py"), precision]
    return worker + ([str(arguments.cache)] if family == "openvino" else [])


def normal(path: Path, shape: list[int], seed: int) -> dict:
    """A file of seeded noise, made by numpy in the peers' environment so that this script needs nothing but Python."""
    return {"path": str(path), "shape": shape, "seed": seed}


def make_inputs(arguments, files: list[dict]) -> None:
    code = (
        "import json, sys, numpy\n"
        "for f in json.load(sys.stdin):\n"
        "    numpy.random.default_rng(f['seed']).standard_normal(f['shape'], dtype='f4').tofile(f['path'])\n")
    subprocess.run([arguments.python, "-c", code], input=json.dumps(files), text=True, check=True)


# --- Measuring ----------------------------------------------------------------------------------------------------


def config(arguments, part: str) -> dict:
    return json.loads((Path(arguments.model) / part / "config.json").read_text())


def factor(arguments) -> int:
    return 2 ** (len(config(arguments, "vae")["block_out_channels"]) - 1)


def tasks(arguments, folder: Path, width: int, height: int, batch: int, calls: int, kinds=("text", "decode", "unet")):
    """The stages' work, with inputs written to `folder`."""
    unet, text = config(arguments, "unet"), config(arguments, "text_encoder")
    size = [height // factor(arguments), width // factor(arguments)]
    shape = [batch, unet["in_channels"], *size]
    decoded = [1, config(arguments, "vae")["latent_channels"], *size]
    context = [batch, text["max_position_embeddings"], text["hidden_size"]]
    make_inputs(arguments, [
        normal(folder / "latents", shape, 1), normal(folder / "context", context, 2),
        normal(folder / "decoded", decoded, 3)])
    every = {
        "text": {"kind": "text", "prompts": PROMPTS[:calls], "calls": min(calls, len(PROMPTS))},
        "decode": {"kind": "decode", "latents": str(folder / "decoded"), "shape": decoded, "calls": calls,
                   "output": str(folder / "decode.out")},
        "unet": {"kind": "unet", "latents": str(folder / "latents"), "shape": shape, "timestep": 500.0,
                 "context": str(folder / "context"), "contextShape": context, "calls": calls,
                 "output": str(folder / "unet.out")},
    }
    return [every[kind] for kind in kinds]


def measure(engine: str, arguments, work_tasks: list[dict], threads: int | None = None) -> dict[str, dict]:
    """Runs one engine in a process of its own; stages by name."""
    if engine.startswith("openvino"):
        work_tasks = [task for task in work_tasks if task["kind"] != "text"]
    if engine.startswith("openvino-int8"):
        work_tasks = [task for task in work_tasks if task["kind"] == "unet"]
    work = {
        "model": arguments.model, "threads": threads or arguments.threads, "precision": engine, "tasks": work_tasks}
    done = subprocess.run(command(engine, arguments), input=json.dumps(work), text=True, stdout=subprocess.PIPE)
    if done.returncode != 0:
        print(f"{engine} failed ({done.returncode})", file=sys.stderr)
        return {}
    return {line["stage"]: line for line in map(json.loads, done.stdout.splitlines())}


def relative_error(arguments, path: Path, reference: Path) -> float:
    """rms of the difference over rms of the reference."""
    code = (
        "import sys, numpy\n"
        "a, b = (numpy.fromfile(p, '<f4').astype('f8') for p in sys.argv[1:])\n"
        "print(((a - b) ** 2).mean() ** 0.5 / (b ** 2).mean() ** 0.5)\n")
    done = subprocess.run([arguments.python, "-c", code, str(path), str(reference)], text=True, stdout=subprocess.PIPE)
    return float(done.stdout)


def compare(arguments, folder: Path) -> dict[str, dict]:
    """All engines in turn, for all rounds."""
    width, height = map(int, arguments.size.split("x"))
    engines = arguments.engines.split(",")
    rows = {engine: {} for engine in engines}
    work = tasks(arguments, folder, width, height, 2, arguments.calls + 1, arguments.stages.split(","))
    for index in range(arguments.rounds):
        for engine in engines:
            stages = measure(engine, arguments, work)
            for stage, line in stages.items():
                entry = rows[engine].setdefault(stage, {"seconds": [], "peak": 0, "before": 0})
                entry["seconds"] += line["seconds"] if stage == "load" else line["seconds"][1:]
                if line["peakMemory"] >= entry["peak"]:
                    entry["peak"], entry["before"] = line["peakMemory"], line["residentBefore"]
            for stage in ("unet", "decode"):
                output = folder / f"{stage}.out"
                if stage in stages and output.exists():
                    output.rename(folder / f"{stage}.{engine}")
            summary = {stage: [round(value, 2) for value in line["seconds"]] for stage, line in stages.items()}
            print(f"round {index + 1}, {engine}: {json.dumps(summary)}", file=sys.stderr, flush=True)
    for engine in engines:
        for stage in ("unet", "decode"):
            pair = folder / f"{stage}.{engine}", folder / f"{stage}.{REFERENCE}"
            if stage in rows[engine] and all(path.exists() for path in pair):
                rows[engine][stage]["error"] = relative_error(arguments, *pair)
    return rows


# --- Tables -------------------------------------------------------------------------------------------------------


def median(rows: dict, engine: str, stage: str) -> float | None:
    seconds = rows.get(engine, {}).get(stage, {}).get("seconds")
    return statistics.median(seconds) if seconds else None


def table(header: list[str], body: list[list[str]]) -> str:
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in body]) + "\n"


def stage_table(rows: dict, stage: str) -> str:
    rival, body = median(rows, RIVAL, stage), []
    for engine in rows:
        value = median(rows, engine, stage)
        if value is None:
            continue
        entry = rows[engine][stage]
        ratio = f"{value / rival:.2f}" if rival else "–"
        error = f"{entry['error']:.1e}" if "error" in entry and engine != REFERENCE else "–"
        gigabyte = 1e9
        body.append([
            engine, f"{value:.2f}", f"{min(entry['seconds']):.2f}–{max(entry['seconds']):.2f}", ratio, error,
            f"{entry['peak'] / gigabyte:.2f}", f"{max(0, entry['peak'] - entry['before']) / gigabyte:.2f}"])
    return table(
        [stage, "s, median", "range", f"to {RIVAL}", "rms error to f32", "peak, GB", "peak over before, GB"], body)


def scaling_table(arguments, folder: Path) -> str:
    """Our U-Net call and decode at other sizes, batches and thread counts."""
    width, height = map(int, arguments.size.split("x"))
    half, double = (width // 2, height // 2), (width * 2, height * 2)
    cases = [(half, 2, None), ((width, height), 2, None), ((width * 3 // 2, height), 2, None), (double, 2, None)]
    cases += [((width, height), 1, None), ((width, height), 4, None), ((width, height), 2, 1)]
    body = []
    for (w, h), batch, threads in cases:
        kinds = ("decode", "unet") if batch == 2 else ("unet",)
        stages = measure("auto", arguments, tasks(arguments, folder, w, h, batch, 2, kinds), threads)
        cells = [f"{stages[kind]['seconds'][-1]:.2f}" if kind in stages else "–" for kind in ("unet", "decode")]
        peak = max(line["peakMemory"] for line in stages.values()) / 1e9 if stages else 0
        body.append([f"{w}×{h}", str(batch), str(threads or arguments.threads), *cells, f"{peak:.2f}"])
    return table(["size", "rows", "threads", "U-Net call, s", "decode, s", "peak, GB"], body)


def image_table(arguments) -> str:
    """Whole pictures, process start to written file."""
    steps, body = str(arguments.image), []
    diffuse = str(ROOT / ".build" / "release" / "diffuse")
    with tempfile.TemporaryDirectory() as folder:
        for precision in ("auto", "f32"):
            start = time.perf_counter()
            subprocess.run(
                [diffuse, "a lighthouse", "-m", arguments.model, "--size", arguments.size, "--steps", steps, "--sampler",
                 "ddim", "--seed", "1", "--precision", precision, "--threads", str(arguments.threads), "--quiet",
                 "-o", f"{folder}/{precision}.png"], check=True, stdout=subprocess.DEVNULL)
            body.append([f"diffuse {precision}", f"{time.perf_counter() - start:.1f}"])
        for peer in ("openvino-bf16", "diffusers-bf16"):
            work = tasks(arguments, Path(folder), *map(int, arguments.size.split("x")), 2, arguments.image, ("unet",))
            work += tasks(arguments, Path(folder), *map(int, arguments.size.split("x")), 2, 1, ("decode",))
            start = time.perf_counter()
            if measure(peer, arguments, work):
                body.append([f"{peer} (U-Net calls and decoding alone)", f"{time.perf_counter() - start:.1f}"])
    return table([f"whole picture, {steps} steps, load included", "s"], body)


def layer_table(arguments) -> str:
    diffuse = str(ROOT / ".build" / "release" / "diffuse")
    done = subprocess.run(
        [diffuse, "benchmark", "--layers", "-m", arguments.model, "--size", arguments.size, "--steps", "2",
         "--threads", str(arguments.threads)], text=True, stdout=subprocess.PIPE, check=True)
    return f"```\n{done.stdout}```\n"


def machine() -> str:
    names = [line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line]
    memory = int(Path("/proc/meminfo").read_text().split()[1]) // 1024
    return f"{len(os.sched_getaffinity(0))} processors of {names[0] if names else 'unknown'}, {memory} MiB, {time.strftime('%Y-%m-%d')}"


def main() -> None:
    arguments = parse()
    prepare(arguments)
    parts = [machine()]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = compare(arguments, folder)
        parts += [stage_table(rows, stage) for stage in ("unet", "decode", "text", "load")]
        if arguments.scaling:
            parts.append(scaling_table(arguments, folder))
    if arguments.image:
        parts.append(image_table(arguments))
    if arguments.layers:
        parts.append(layer_table(arguments))
    text = "\n".join(parts)
    print(text)
    if arguments.markdown:
        arguments.markdown.write_text(text + "\n")


if __name__ == "__main__":
    main()
