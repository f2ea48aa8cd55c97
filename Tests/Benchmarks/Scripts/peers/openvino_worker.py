"""OpenVINO on the CPU: `openvino_worker.py f32|bf16|int8|int8-bf16 CACHE`, work on standard input (see stages.py).

CACHE is what openvino_models.py wrote. Shapes are fixed before compiling, as a program that knows its sizes does.
"""

import sys
from pathlib import Path

import openvino

from stages import array, run


def load(work):
    precision, cache = sys.argv[1], Path(sys.argv[2])
    core = openvino.Core()
    # What int8 leaves unquantised is in the other half of its name, f32 where it has none.
    hint = "bf16" if precision.endswith("bf16") else "f32"
    options = {
        "INFERENCE_PRECISION_HINT": hint, "INFERENCE_NUM_THREADS": work["threads"], "PERFORMANCE_HINT": "LATENCY",
        "NUM_STREAMS": 1}
    operations = {}
    for task in work["tasks"]:
        if task["kind"] == "unet":
            model = core.read_model(cache / ("unet-int8.xml" if precision.startswith("int8") else "unet.xml"))
            model.reshape({0: task["shape"], 1: [], 2: task["contextShape"]})
            unet = core.compile_model(model, "CPU", options).create_infer_request()

            def unet_operation(task, unet=unet):
                inputs = [
                    array(task["latents"], task["shape"]), task["timestep"], array(task["context"], task["contextShape"])]
                return lambda _: unet.infer(inputs)[0]

            operations["unet"] = unet_operation
        if task["kind"] == "decode":
            model = core.read_model(cache / "decoder.xml")
            model.reshape({0: task["shape"]})
            decoder = core.compile_model(model, "CPU", options).create_infer_request()

            def decode_operation(task, decoder=decoder):
                latents = array(task["latents"], task["shape"])
                return lambda _: decoder.infer([latents])[0]

            operations["decode"] = decode_operation
    return operations


run(load)
