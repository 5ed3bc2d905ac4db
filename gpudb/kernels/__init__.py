"""From pipelines to kernels: generated text of the kernel language, its parameters and its runs."""
