"""Golden fixtures of the model parts, computed with torch, diffusers and transformers."""
