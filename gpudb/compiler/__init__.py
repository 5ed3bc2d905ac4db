"""Compilers of the kernel language: one text, run by LLVM, by Numba or by plain Python."""
