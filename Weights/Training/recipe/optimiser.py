"""Muon for matrices and kernels, AdamW for the rest (Jordan 2024; scaled as in Liu et al. 2025, arXiv 2502.16982)."""

import torch

# Quintic Newton-Schulz coefficients of Jordan's Muon: singular values come near 1 in five rounds.
_A, _B, _C = 3.4445, -4.7750, 2.0315


def orthogonalised(matrix: torch.Tensor, rounds: int = 5) -> torch.Tensor:
    """The nearest semi-orthogonal matrix, roughly; computed in bfloat16."""
    value = matrix.bfloat16()
    transposed = value.shape[0] > value.shape[1]
    value = value.T if transposed else value
    value = value / (value.norm() + 1e-7)
    for _ in range(rounds):
        gram = value @ value.T
        value = _A * value + (_B * gram + _C * gram @ gram) @ value
    return (value.T if transposed else value).to(matrix.dtype)


class Muon(torch.optim.Optimizer):
    """Momentum whose update is orthogonalised; updates have the size that AdamW's have, so one learning rate serves both."""

    def __init__(self, parameters, lr: float, momentum: float = 0.95, weight_decay: float = 0.01):
        super().__init__(parameters, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    self._update(parameter, group)

    def _update(self, parameter: torch.Tensor, group: dict) -> None:
        state = self.state[parameter]
        if not state:
            state["momentum"] = torch.zeros_like(parameter)
        momentum = state["momentum"].lerp_(parameter.grad, 1 - group["momentum"])
        nesterov = parameter.grad.lerp(momentum, group["momentum"]).contiguous().view(parameter.shape[0], -1)
        update = orthogonalised(nesterov) * 0.2 * max(nesterov.shape) ** 0.5
        parameter.mul_(1 - group["lr"] * group["weight_decay"])
        parameter.add_(update.view(parameter.shape), alpha=-group["lr"])


class Optimiser:
    """Muon on weights of two or more dimensions, AdamW on the others and on what `plain` names; one learning rate."""

    def __init__(self, module: torch.nn.Module, lr: float, plain: tuple[str, ...] = ()):
        matrices, rest = [], []
        for name, parameter in module.named_parameters():
            is_matrix = parameter.ndim >= 2 and not any(word in name for word in plain)
            (matrices if is_matrix else rest).append(parameter)
        self.lr = lr
        self.parts = [Muon(matrices, lr), torch.optim.AdamW(rest, lr, betas=(0.9, 0.98), weight_decay=0.0)]
        self.parameters = matrices + rest

    def step(self, factor: float, clip: float = 1.0) -> None:
        """One update at `factor` times the learning rate, gradients clipped to the norm `clip` and then cleared."""
        torch.nn.utils.clip_grad_norm_(self.parameters, clip)
        for part in self.parts:
            for group in part.param_groups:
                group["lr"] = self.lr * factor
            part.step()
            part.zero_grad(set_to_none=True)

    def state_dict(self) -> dict:
        return {str(index): part.state_dict() for index, part in enumerate(self.parts)}

    def load_state_dict(self, state: dict) -> None:
        for index, part in enumerate(self.parts):
            part.load_state_dict(state[str(index)])
