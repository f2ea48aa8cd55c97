"""Keep progress bars and advice of the libraries out of the report."""

import warnings

import diffusers
import transformers


def silence_libraries() -> None:
    # The pipelines' corrections of outdated configurations are wanted here, and announced at length.
    warnings.filterwarnings("ignore", category=FutureWarning)
    diffusers.utils.logging.set_verbosity_error()
    diffusers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
