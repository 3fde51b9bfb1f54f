"""How the reader is trained: examples, pairs, the joint model, the loop, export, calibration."""
