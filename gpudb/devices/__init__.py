"""Devices: where kernels are compiled and run."""
