"""Autograd: variables over storages, nodes, the tape at each call, and the backward walk. See README.md here."""
