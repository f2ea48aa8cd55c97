"""Records what diffusers' schedulers do, step by step, for the golden tests of Schedulers/.

Usage: python make_scheduler_fixtures.py [NAME ...]     (run with PyTorch 2.15.0 and diffusers 0.42.1, CPU)

Writes NAME.json beside itself, one per scheduler class: the configuration, the step count, the timesteps, and the sample
after every step, as base64 of little-endian Float32. The "model" is a formula that the tests repeat (`model` below), the
noise comes from one torch generator: first that of the initial sample, then whatever the scheduler draws. A loop that
begins late noises a pattern, as image to image does.
"""

import base64
import inspect
import json
import pathlib
import sys

import diffusers
import numpy as np
import torch

SHAPE = (1, 2, 2, 5)
SEED = 1234
LATENT = dict(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear")
PLAIN = dict(LATENT, clip_sample=False)


def case(name, steps=7, begin=0, options=None, base=LATENT, **config):
    """`begin`: the steps that image to image leaves out."""
    return dict(name=name, steps=steps, begin=begin, options=options or {}, config={**base, **config})


def schedule_cases():
    return [
        case("defaults", base={}, clip_sample=True),
        case("latent", base=PLAIN),
        case("linear", base=PLAIN, beta_schedule="linear"),
        case("squaredcos", base=PLAIN, beta_schedule="squaredcos_cap_v2"),
        case("trained betas", base=PLAIN, steps=5, trained_betas=[0.01 + 0.003 * k for k in range(40)], num_train_timesteps=40),
        case("v prediction", base=PLAIN, prediction_type="v_prediction"),
        case("sample prediction", base=PLAIN, prediction_type="sample"),
        case("linspace", base=PLAIN, timestep_spacing="linspace"),
        case("trailing", base=PLAIN, timestep_spacing="trailing"),
        case("trailing, a timestep on the edge of rounding", base=PLAIN, steps=10, num_train_timesteps=257,
             timestep_spacing="trailing"),
        case("leading offset", base=PLAIN, timestep_spacing="leading", steps_offset=1),
        case("one step", base=PLAIN, steps=1),
        case("two steps", base=PLAIN, steps=2),
        case("odd steps, short training", base=PLAIN, steps=13, num_train_timesteps=257),
        case("many steps", base=PLAIN, steps=50),
        case("begins late", base=PLAIN, steps=9, begin=4, steps_offset=1),
        case("zero snr", base=PLAIN, rescale_betas_zero_snr=True, prediction_type="v_prediction", timestep_spacing="trailing"),
        case("zero snr, epsilon, leading", base=PLAIN, rescale_betas_zero_snr=True, steps_offset=1),
        case("clip range", clip_sample=True, clip_sample_range=1.7),
        case("thresholding", base=PLAIN, thresholding=True, dynamic_thresholding_ratio=0.8, sample_max_value=2.5),
        case("thresholding, narrow", base=PLAIN, thresholding=True, sample_max_value=1.0),
    ]


def ddim_cases():
    return schedule_cases() + [
        case("alpha of step 0 at the end", base=PLAIN, set_alpha_to_one=False, steps_offset=1),
        case("eta 1", base=PLAIN, options={"eta": 1.0}),
        case("eta 0.35", base=PLAIN, options={"eta": 0.35}, timestep_spacing="trailing"),
        case("begins late, eta", base=PLAIN, steps=9, begin=5, options={"eta": 0.6}),
        case("clipped output", clip_sample=True, options={"eta": 0.5, "use_clipped_model_output": True}),
        case("clipped output, v", clip_sample=True, prediction_type="v_prediction", options={"use_clipped_model_output": True}),
        case("zero snr, sample, eta", base=PLAIN, rescale_betas_zero_snr=True, prediction_type="sample",
             timestep_spacing="trailing", options={"eta": 0.7}),
        case("zero snr, epsilon, clipped", clip_sample=True, rescale_betas_zero_snr=True, timestep_spacing="trailing"),
    ]


def ddpm_cases():
    variance = [
        case(f"variance {kind}", base=PLAIN, variance_type=kind)
        for kind in ("fixed_small", "fixed_small_log", "fixed_large", "learned", "learned_range")
    ]
    return schedule_cases() + variance + [
        case("sigmoid", base=PLAIN, beta_schedule="sigmoid", beta_start=0.0001, beta_end=0.02),
        case("laplace", base=PLAIN, beta_schedule="laplace"),
        case("variance learned_range, thresholding, v", base=PLAIN, variance_type="learned_range", thresholding=True,
             sample_max_value=3.0, prediction_type="v_prediction", steps_offset=1),
        case("every step", base=PLAIN, steps=20, num_train_timesteps=20, beta_schedule="linear", beta_end=0.2),
    ]


def training_cases():
    """What every class reads of the training schedule."""
    return [
        case("defaults", base={}),
        case("latent"),
        case("linear", beta_schedule="linear"),
        case("squaredcos", beta_schedule="squaredcos_cap_v2"),
        case("trained betas", steps=5, trained_betas=[0.01 + 0.003 * k for k in range(40)], num_train_timesteps=40),
        case("v prediction", prediction_type="v_prediction"),
        case("leading", timestep_spacing="leading"),
        case("leading offset", timestep_spacing="leading", steps_offset=1),
        case("linspace", timestep_spacing="linspace"),
        case("trailing", timestep_spacing="trailing"),
        case("two steps", steps=2),
        case("odd steps, short training", steps=13, num_train_timesteps=257),
        case("many steps", steps=30),
        case("begins late", steps=9, begin=4),
        case("begins late, leading", steps=18, begin=12, timestep_spacing="leading", steps_offset=1),
    ]


def spaced_cases():
    """Spacings of noise levels."""
    return [
        case(f"{kind} sigmas, {spacing}", steps=9, timestep_spacing=spacing, steps_offset=1, **{f"use_{kind}_sigmas": True})
        for kind in ("karras", "exponential", "beta") for spacing in ("leading", "linspace")
    ]


ONE_STEP = [case("one step", steps=1)]
SAMPLE = [case("sample prediction", prediction_type="sample")]
ZERO_SNR = [
    case("zero snr", rescale_betas_zero_snr=True, prediction_type="v_prediction", timestep_spacing="trailing"),
    case("zero snr, epsilon, leading", rescale_betas_zero_snr=True, timestep_spacing="leading", steps_offset=1),
]


def euler_cases():
    return training_cases() + spaced_cases() + ONE_STEP + SAMPLE + ZERO_SNR + [
        case("log-linear", interpolation_type="log_linear"),
        case("log-linear, karras", interpolation_type="log_linear", use_karras_sigmas=True, timestep_spacing="leading"),
        case("sigma range", use_exponential_sigmas=True, sigma_min=0.05, sigma_max=12.0),
        case("ends on lowest sigma", final_sigmas_type="sigma_min"),
        case("continuous timesteps", timestep_type="continuous", prediction_type="v_prediction"),
        case("continuous timesteps, karras", timestep_type="continuous", prediction_type="v_prediction", use_karras_sigmas=True),
    ]


def euler_ancestral_cases():
    return training_cases() + ONE_STEP + ZERO_SNR


def lms_cases():
    return training_cases() + spaced_cases() + ONE_STEP + SAMPLE


def heun_cases():
    return training_cases() + spaced_cases() + ONE_STEP + SAMPLE + [
        case("begins late, karras", steps=10, begin=6, use_karras_sigmas=True),
        case("clipped", clip_sample=True, clip_sample_range=1.5),
        case("exponential betas", beta_schedule="exp", num_train_timesteps=200),
    ]


def kdpm2_cases():
    return training_cases() + spaced_cases()


def kdpm2_ancestral_cases():
    # The lower level is the root of a difference that all but cancels where one step leaps far: over the cosine schedule
    # diffusers comes to no number, with two steps to one of three good digits.
    return [made for made in kdpm2_cases() if made["name"] not in ("squaredcos", "two steps")]


def pndm_cases():
    plms = [made for made in training_cases() + ONE_STEP]
    for made in plms:
        made["config"]["skip_prk_steps"] = True
    prk = [made for made in training_cases() if made["steps"] > 3]
    for made in prk:
        made["name"] += ", Runge-Kutta"
    return plms + prk + [
        case("alpha 1 at the end", skip_prk_steps=True, set_alpha_to_one=True, steps_offset=1),
        case("three steps", steps=3, skip_prk_steps=True, steps_offset=1),
        case("four steps, Runge-Kutta", steps=4),
    ]


LIMITED = [
    case("thresholding", thresholding=True, dynamic_thresholding_ratio=0.8, sample_max_value=2.5),
    case("thresholding, v", thresholding=True, prediction_type="v_prediction"),
]


def solver_cases(class_kinds, orders=(1, 2, 3), **fixed):
    """Orders and variants, with few steps (lower orders at the end) and with many."""
    return [
        case(f"{', '.join(map(str, kind.values()))}, order {order}, {steps} steps", steps=steps, solver_order=order, **kind, **fixed)
        for kind in class_kinds for order in orders for steps in (8, 17)
    ]


def dpm_multi_cases():
    ode = [dict(algorithm_type=a, solver_type=s) for a in ("dpmsolver++", "sde-dpmsolver++") for s in ("midpoint", "heun")]
    old = [dict(algorithm_type=a, solver_type=s) for a in ("dpmsolver", "sde-dpmsolver") for s in ("midpoint", "heun")]
    return training_cases() + spaced_cases() + ONE_STEP + SAMPLE + ZERO_SNR + LIMITED + solver_cases(ode) + \
        solver_cases(old[:2], final_sigmas_type="sigma_min") + \
        solver_cases(old[2:], orders=(1, 2), final_sigmas_type="sigma_min") + [
        case("begins late, order 3, sde", steps=12, begin=7, solver_order=3, algorithm_type="sde-dpmsolver++"),
        case("lambdas of Lu", use_lu_lambdas=True),
        case("karras over the cosine schedule", steps=3, use_karras_sigmas=True, beta_schedule="squaredcos_cap_v2"),
        case("clipped lambda, linspace", beta_schedule="squaredcos_cap_v2", lambda_min_clipped=-5.1),
        case("clipped lambda, trailing", beta_schedule="squaredcos_cap_v2", lambda_min_clipped=-5.1, timestep_spacing="trailing"),
        case("orders not lowered", steps=9, solver_order=3, lower_order_final=False),
        case("orders not lowered, lowest sigma", steps=9, solver_order=3, lower_order_final=False, final_sigmas_type="sigma_min"),
        case("euler at the end", steps=16, euler_at_final=True, final_sigmas_type="sigma_min"),
        case("other classes' names", algorithm_type="deis", solver_type="bh2", final_sigmas_type="sigma_min"),
        case("epsilon form, thresholding", algorithm_type="dpmsolver", final_sigmas_type="sigma_min", thresholding=True),
        case("epsilon form, v", algorithm_type="sde-dpmsolver", final_sigmas_type="sigma_min", prediction_type="v_prediction"),
        case("epsilon form, sample", algorithm_type="dpmsolver", final_sigmas_type="sigma_min", prediction_type="sample"),
    ]


def dpm_single_cases():
    kinds = [dict(algorithm_type=a, solver_type=s) for a in ("dpmsolver++", "sde-dpmsolver++") for s in ("midpoint", "heun")]
    old = [dict(algorithm_type="dpmsolver", solver_type=s) for s in ("midpoint", "heun")]
    spaced = [made for made in spaced_cases() if made["config"]["timestep_spacing"] == "linspace"]
    kept = [made for made in training_cases() if "timestep_spacing" not in made["config"]]
    return kept + spaced + ONE_STEP + SAMPLE + LIMITED + solver_cases(kinds) + [
        case(f"begins late, order {order}, {begin}", steps=12, begin=begin, solver_order=order)
        for order in (2, 3) for begin in (5, 7)
    ] + solver_cases(old, final_sigmas_type="sigma_min") + [
        case(f"order {order}, {steps} steps, lowest sigma, {'lowered' if lower else 'not lowered'}", steps=steps,
             solver_order=order, lower_order_final=lower, final_sigmas_type="sigma_min")
        for order in (2, 3) for steps in (6, 9, 10) for lower in (True, False)
    ] + [case("clipped lambda", beta_schedule="squaredcos_cap_v2", lambda_min_clipped=-5.1)]


def deis_cases():
    return training_cases() + spaced_cases() + ONE_STEP + SAMPLE + LIMITED + solver_cases([dict(solver_type="logrho")]) + [
        case("begins late, order 3", steps=12, begin=7, solver_order=3),
        case("orders not lowered", steps=9, solver_order=3, lower_order_final=False),
    ]


def unipc_cases():
    return training_cases() + spaced_cases() + ONE_STEP + SAMPLE + ZERO_SNR + LIMITED + \
        solver_cases([dict(solver_type="bh2")], orders=(1, 2, 3, 4)) + \
        solver_cases([dict(solver_type="bh1")], orders=(1, 2, 3), final_sigmas_type="sigma_min") + \
        solver_cases([dict(solver_type="bh2", predict_x0=False)], orders=(2, 3), final_sigmas_type="sigma_min") + [
        case("orders not lowered", steps=9, solver_order=3, lower_order_final=False, final_sigmas_type="sigma_min"),
        case("begins late, order 3", steps=12, begin=7, solver_order=3),
        case("some steps not corrected", steps=9, disable_corrector=[0, 3, 4]),
        case("karras, lowest sigma", steps=9, use_karras_sigmas=True, final_sigmas_type="sigma_min"),
        case("sigma range", use_karras_sigmas=True, sigma_min=0.05, sigma_max=12.0),
        case("epsilon form, v", predict_x0=False, prediction_type="v_prediction", final_sigmas_type="sigma_min"),
        case("other classes' names", solver_type="midpoint"),
    ]


def distilled_cases():
    return [
        case("defaults", base={}, steps=4),
        case("latent", steps=8),
        case("linear", steps=4, beta_schedule="linear"),
        case("one step", steps=1),
        case("odd steps", steps=7),
        case("all steps", steps=50),
        case("begins late", steps=8, begin=3),
        case("short training", steps=5, num_train_timesteps=257, original_inference_steps=20),
        case("v prediction", steps=4, prediction_type="v_prediction"),
        case("sample prediction", steps=4, prediction_type="sample"),
    ]


def lcm_cases():
    return distilled_cases() + [
        case("clipped", steps=4, clip_sample=True, clip_sample_range=1.5),
        case("thresholding", steps=4, thresholding=True, sample_max_value=2.0, dynamic_thresholding_ratio=0.9),
        case("timestep scaling", steps=4, timestep_scaling=0.002),
        case("zero snr", steps=4, rescale_betas_zero_snr=True, prediction_type="v_prediction"),
    ]


def tcd_cases():
    plain = distilled_cases()
    for made in plain:
        made["options"] = {"eta": 0.0}
    return plain + [
        case(f"eta {eta}", steps=5, options={"eta": eta}) for eta in (0.3, 0.85, 1.0)
    ] + [case("eta, zero snr", steps=4, options={"eta": 0.3}, rescale_betas_zero_snr=True, prediction_type="v_prediction")]


CLASSES = {
    "dpm_multi": ("DPMSolverMultistepScheduler", dpm_multi_cases),
    "dpm_single": ("DPMSolverSinglestepScheduler", dpm_single_cases),
    "deis": ("DEISMultistepScheduler", deis_cases),
    "unipc": ("UniPCMultistepScheduler", unipc_cases),
    "lcm": ("LCMScheduler", lcm_cases),
    "tcd": ("TCDScheduler", tcd_cases),
    "euler": ("EulerDiscreteScheduler", euler_cases),
    "euler_ancestral": ("EulerAncestralDiscreteScheduler", euler_ancestral_cases),
    "lms": ("LMSDiscreteScheduler", lms_cases),
    "heun": ("HeunDiscreteScheduler", heun_cases),
    "kdpm2": ("KDPM2DiscreteScheduler", kdpm2_cases),
    "kdpm2_ancestral": ("KDPM2AncestralDiscreteScheduler", kdpm2_ancestral_cases),
    "pndm": ("PNDMScheduler", pndm_cases),
    "ddim": ("DDIMScheduler", ddim_cases),
    "ddpm": ("DDPMScheduler", ddpm_cases),
}


def pattern(count, factor, modulus):
    return torch.tensor([(factor * k) % modulus for k in range(count)], dtype=torch.float32)


def model(sample, timestep, config):
    """The stand-in for a U-Net; with a learned variance its second half is positive and below 1."""
    total = config.get("num_train_timesteps", 1000)
    weight = float(np.float32(0.5 + 0.4 * float(timestep) / total))
    count = sample.numel()
    output = sample * weight + ((pattern(count, 7, 11) - 5) / 8).reshape(sample.shape)
    if config.get("variance_type") in ("learned", "learned_range"):
        output = torch.cat([output, ((pattern(count, 5, 7) + 1) / 10).reshape(sample.shape)], dim=1)
    return output


def encoded(tensors):
    data = torch.stack(tensors).numpy().astype("<f4").tobytes()
    return base64.b64encode(data).decode()


def record(class_name, made):
    config = {"_class_name": class_name, **made["config"]}
    scheduler = getattr(diffusers, class_name).from_config(config)
    scheduler.set_timesteps(made["steps"])
    accepted = inspect.signature(scheduler.step).parameters
    options = {key: value for key, value in made["options"].items() if key in accepted}
    generator = torch.Generator("cpu").manual_seed(SEED)
    if "generator" in accepted:
        options["generator"] = generator
    first = made["begin"] * scheduler.order
    timesteps = scheduler.timesteps[first:]
    noise = torch.randn(SHAPE, generator=generator)
    sample = noise * scheduler.init_noise_sigma
    if made["begin"]:
        if hasattr(scheduler, "set_begin_index"):
            scheduler.set_begin_index(first)
        original = ((pattern(noise.numel(), 3, 13) - 6) / 5).reshape(SHAPE)
        sample = scheduler.add_noise(original, noise, timesteps[:1])
    samples, originals = [], []
    for timestep in timesteps:
        output = model(scheduler.scale_model_input(sample, timestep), timestep, made["config"])
        result = scheduler.step(output, timestep, sample, **options)
        sample = result.prev_sample
        samples.append(sample)
        if getattr(result, "pred_original_sample", None) is not None:
            originals.append(result.pred_original_sample)
    assert all(torch.isfinite(s).all() for s in samples), made["name"]
    entry = dict(
        name=made["name"], config=config, steps=made["steps"], begin=made["begin"], options=made["options"],
        timesteps=[round(float(t), 5) for t in timesteps], initialNoiseSigma=float(scheduler.init_noise_sigma),
        samples=encoded(samples),
    )
    if len(originals) == len(samples):
        entry["originalMeans"] = [float(f"{o.double().mean().item():.8g}") for o in originals]
    return entry


def main(names):
    for name in names:
        class_name, cases = CLASSES[name]
        head = {"diffusers": diffusers.__version__, "torch": torch.__version__, "shape": SHAPE, "seed": SEED}
        lines = ",\n".join(json.dumps(record(class_name, made)) for made in cases())
        text = json.dumps(head)[:-1] + ', "cases": [\n' + lines + "\n]}\n"
        (pathlib.Path(__file__).parent / f"{name}.json").write_text(text)
        print(name, len(text))


if __name__ == "__main__":
    main(sys.argv[1:] or list(CLASSES))
