"""How the embedded default model of Diffuse is made: data, training, export, evaluation."""

import os

# Beside other programs a waiting thread that spins takes the core that its partner needs: let it sleep.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
